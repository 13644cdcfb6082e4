ips = { rules = 'alert tcp any any -> any any ( msg:"a"; content:"GET"; sid:1; )' }
alert_fast = { }
log_pcap = { }
