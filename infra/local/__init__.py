"""The whole stage on one machine: a cloud, a front door, and what stands in for WeChat and SMS."""
