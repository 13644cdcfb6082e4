HOME_NET = '192.168.0.0/16'
include 'more.lua'
ips =
{
    include = 'local.rules',
    variables = { nets = { HOME_NET = HOME_NET, JOBS = JOBS }, ports = { JOB_PORTS = ' 8080 8081' } },
}
suppress = { { gid = 1, sid = 101, track = 'by_src', ip = '192.168.10.22' } }
alert_fast = { file = true }
alert_json = { file = true, fields = 'pkt_num proto dir src_addr dst_port service rule priority class action tcp_flags' }
appid = { }
