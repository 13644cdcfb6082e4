/* SPDX-License-Identifier: GPL-2.0-or-later */
/* known - every keyword and protocol name of Suricata 8, so that what is not built here is refused by its name. */
#include "rule/parse.h"

/* Keywords by the protocol they need; "" for none. */
static const struct {
    const char *proto, *names;
} families[] = {
    { "",
      "absent ack alert app-layer-event app-layer-protocol app-layer-state asn1 base64_data "
      "base64_decode bsize bypass byte_extract byte_jump byte_math byte_test classtype "
      "compress_whitespace config content datarep dataset decode-event depth detection_filter distance "
      "domain dotprefix dsize endswith engine-event entropy fast_pattern file.data file.magic "
      "file.name file_data fileext filemagic filemd5 filename filesha1 filesha256 filesize filestore "
      "flags flow flow.age flow.bytes flow.bytes_toclient flow.bytes_toserver flow.pkts "
      "flow.pkts_toclient flow.pkts_toserver flowbits flowint flowvar fragbits fragoffset frame "
      "from_base64 geoip gid gunzip header_lowercase hostbits icmp_id icmp_seq icmpv4-csum icmpv4.hdr "
      "icmpv6-csum icmpv6.hdr icmpv6.mtu icode id ip.dst ip.src ip_proto ipopts iprep ipv4-csum "
      "ipv4.hdr ipv6.hdr isdataat itype l3_proto lua luaxform metadata msg nfq_set_mark noalert nocase "
      "offset pcre pcrexform pkt_data pktvar prefilter priority rawbytes reference replace requires "
      "rev rpc sameip seq sid startswith stream-event stream_size strip_pseudo_headers "
      "strip_whitespace tag target tcp.ack tcp.flags tcp.hdr tcp.mss tcp.seq tcp.window tcp.wscale "
      "tcpv4-csum tcpv6-csum threshold tld to_lowercase to_md5 to_sha1 to_sha256 to_uppercase tos ttl "
      "udp.hdr udpv4-csum udpv6-csum url_decode vlan.id vlan.layers window within xbits xor "
      "zlib_deflate" },
    { "dcerpc",
      "dce_iface dce_opnum dce_stub_data dcerpc.iface dcerpc.opnum dcerpc.stub_data" },
    { "dhcp",
      "dhcp.leasetime dhcp.rebinding_time dhcp.renewal_time" },
    { "dnp3",
      "dnp3.data dnp3.func dnp3.ind dnp3.obj dnp3_data dnp3_func dnp3_ind dnp3_obj" },
    { "dns",
      "dns.additionals.rrname dns.answer.name dns.answers.rrname dns.authorities.rrname dns.opcode "
      "dns.queries.rrname dns.query dns.query.name dns.rcode dns.response.rrname dns.rrtype dns_query" },
    { "enip",
      "cip_service enip.capabilities enip.cip_attribute enip.cip_class enip.cip_extendedstatus "
      "enip.cip_instance enip.cip_status enip.device_type enip.identity_status enip.product_code "
      "enip.product_name enip.protocol_version enip.revision enip.serial enip.service_name enip.state "
      "enip.status enip.vendor_id enip_command" },
    { "ftp",
      "ftp.command ftp.command_data ftp.completion_code ftp.dynamic_port ftp.mode ftp.reply "
      "ftp.reply_received ftpbounce" },
    { "ftp-data",
      "ftpdata_command" },
    { "http",
      "http.accept http.accept_enc http.accept_lang http.connection http.content_len http.content_type "
      "http.cookie http.header http.header.raw http.header_names http.host http.host.raw http.location "
      "http.method http.protocol http.referer http.request_body http.request_header http.request_line "
      "http.response_body http.response_header http.response_line http.server http.start "
      "http.stat_code http.stat_msg http.uri http.uri.normalized http.uri.raw http.user_agent "
      "http_accept http_accept_enc http_accept_lang http_client_body http_connection http_content_len "
      "http_content_type http_cookie http_header http_header_names http_host http_method http_protocol "
      "http_raw_header http_raw_host http_raw_uri http_referer http_request_line http_response_line "
      "http_server_body http_start http_stat_code http_stat_msg http_uri http_user_agent uricontent "
      "urilen" },
    { "http2",
      "http2.errorcode http2.frametype http2.header_name http2.priority http2.settings "
      "http2.size_update http2.window" },
    { "ike",
      "ike.chosen_sa_attribute ike.exchtype ike.init_spi ike.key_exchange_payload "
      "ike.key_exchange_payload_length ike.nonce_payload ike.nonce_payload_length ike.resp_spi "
      "ike.vendor" },
    { "krb5",
      "krb5.cname krb5.sname krb5.ticket_encryption krb5_cname krb5_err_code krb5_msg_type krb5_sname" },
    { "ldap",
      "ldap.request.attribute_type ldap.request.dn ldap.request.operation "
      "ldap.responses.attribute_type ldap.responses.count ldap.responses.dn ldap.responses.message "
      "ldap.responses.operation ldap.responses.result_code" },
    { "mdns",
      "mdns.additionals.rrname mdns.answers.rrname mdns.authorities.rrname mdns.queries.rrname "
      "mdns.response.rrname" },
    { "modbus",
      "modbus" },
    { "mqtt",
      "mqtt.connack.session_present mqtt.connect.clientid mqtt.connect.flags mqtt.connect.password "
      "mqtt.connect.protocol_string mqtt.connect.username mqtt.connect.willmessage "
      "mqtt.connect.willtopic mqtt.flags mqtt.protocol_version mqtt.publish.message mqtt.publish.topic "
      "mqtt.qos mqtt.reason_code mqtt.subscribe.topic mqtt.type mqtt.unsubscribe.topic" },
    { "nfs",
      "nfs.version nfs_procedure nfs_version" },
    { "ntp",
      "ntp.mode ntp.reference_id ntp.stratum ntp.version" },
    { "pgsql",
      "pgsql.query" },
    { "quic",
      "quic.cyu.hash quic.cyu.string quic.sni quic.ua quic.version" },
    { "rfb",
      "rfb.name rfb.secresult rfb.sectype" },
    { "sip",
      "sdp.attribute sdp.bandwidth sdp.connection_data sdp.email sdp.encryption_key "
      "sdp.media.connection_data sdp.media.encryption_key sdp.media.media sdp.media.media_info "
      "sdp.origin sdp.phone_number sdp.repeat_time sdp.session_info sdp.session_name sdp.time "
      "sdp.timezone sdp.uri sip.content_length sip.content_type sip.from sip.method sip.protocol "
      "sip.request_line sip.response_line sip.stat_code sip.stat_msg sip.to sip.uri sip.user_agent "
      "sip.via" },
    { "smb",
      "smb.named_pipe smb.ntlmssp_domain smb.ntlmssp_user smb.share smb.version smb_named_pipe "
      "smb_share" },
    { "smtp",
      "email.cc email.date email.from email.message_id email.received email.subject email.to email.url "
      "email.x_mailer smtp.helo smtp.mail_from smtp.rcpt_to" },
    { "snmp",
      "snmp.community snmp.pdu_type snmp.trap_type snmp.usm snmp.version" },
    { "ssh",
      "ssh-hassh ssh-hassh-server ssh-hassh-server-string ssh-hassh-string ssh.hassh ssh.hassh.server "
      "ssh.hassh.server.string ssh.hassh.string ssh.proto ssh.protoversion ssh.software "
      "ssh.softwareversion ssh_proto ssh_software" },
    { "tls",
      "ja3.hash ja3.string ja3_hash ja3_string ja3s.hash ja3s.string ja4.hash ja4_hash ssl_state "
      "ssl_version tls.alpn tls.cert_chain_len tls.cert_fingerprint tls.cert_issuer tls.cert_serial "
      "tls.cert_subject tls.certs tls.fingerprint tls.issuerdn tls.random tls.random_bytes "
      "tls.random_time tls.sni tls.store tls.subject tls.subjectaltname tls.version tls_cert_expired "
      "tls_cert_fingerprint tls_cert_issuer tls_cert_notafter tls_cert_notbefore tls_cert_serial "
      "tls_cert_subject tls_cert_valid tls_sni tls_store" },
    { "websocket",
      "websocket.flags websocket.mask websocket.opcode websocket.payload" },
};

static const char protos[] =
    "bittorrent-dht dcerpc dhcp dnp3 dns doh2 enip ftp ftp-data http http1 http2 ike imap irc jabber krb5 ldap mdns modbus mqtt nfs ntp "
    "pgsql pop3 quic rdp rfb sip smb smtp snmp ssh telnet template tftp tls websocket ssl";

const char *known_keyword(const char *name)
{
    for (size_t i = 0; i < ROWS(families); i++) {
        if (bytes_among(bytes_str(name), families[i].names)) {
            return families[i].proto;
        }
    }
    return NULL;
}

bool known_proto(const char *name) { return bytes_among(bytes_str(name), protos); }
