"""Events become messages: relay, channels, ledger, 站内信."""
