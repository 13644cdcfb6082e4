ips = { rules = 'alert tcp any any -> any any ( msg:"a"; sid:1; )' }
appid = { }
