"""WeChat as the product meets it: an HTTP API, pushes to a callback, and phones that chat."""
