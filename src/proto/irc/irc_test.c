/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IRC's lines: who says what, and what is wrong with them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a client comes in, and is welcomed by another name",
      ">NICK me%0d%0aUSER u 0 * :Real Name%0d%0a<:irc.example.org 001 you :Welcome%0d%0a>JOIN #chan%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"user\":\"u\",\"command\":\"USER\",\"real_name\":\"Real Name\",\"parameters\":[\"u\",\"0\",\"*\",\"Real Name\"]}}\n{"
      "\"irc\":{\"nick\":\"you\",\"user\":\"u\",\"prefix\":\"irc.example.org\",\"command\":\"001\",\"real_name\":\"Real Name\",\"parameters\":[\"you\","
      "\"Welcome\"]}}\n{\"irc\":{\"nick\":\"you\",\"user\":\"u\",\"command\":\"JOIN\",\"real_name\":\"Real Name\",\"parameters\":[\"#chan\"]}}\n" },
    { "a server that speaks first",
      "<:irc.example.org NOTICE Auth :*** Looking up%0d%0a>CAP LS 302%0d%0aNICK me%0d%0a",
      "{\"irc\":{\"prefix\":\"irc.example.org\",\"command\":\"NOTICE\",\"parameters\":[\"Auth\",\"*** Looking up\"]}}\n{"
      "\"irc\":{\"command\":\"CAP\",\"parameters\":[\"LS\",\"302\"]}}\n{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n" },
    { "a password and then a nick, once the server has spoken",
      "<:irc.example.org NOTICE * :hi%0d%0a>PASS secret%0d%0aNICK me%0d%0a<:me!u@h PRIVMSG #c :hello there%0d%0a",
      "{\"irc\":{\"prefix\":\"irc.example.org\",\"command\":\"NOTICE\",\"parameters\":[\"*\",\"hi\"]}}\n{"
      "\"irc\":{\"command\":\"PASS\",\"parameters\":[\"***\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"prefix\":\"me!u@h\",\"command\":\"PRIVMSG\",\"parameters\":[\"#c\",\"hello there\"]}}\n" },
    { "a nick changed by the server's word",
      ">NICK me%0d%0a<:me!u@host NICK :other%0d%0a:someone!x@y NICK z%0d%0a>QUIT :bye%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"other\",\"prefix\":\"me!u@host\",\"command\":\"NICK\",\"parameters\":[\"other\"]}}\n{"
      "\"irc\":{\"nick\":\"other\",\"prefix\":\"someone!x@y\",\"command\":\"NICK\",\"parameters\":[\"z\"]}}\n{"
      "\"irc\":{\"nick\":\"other\",\"command\":\"QUIT\",\"parameters\":[\"bye\"]}}\n" },
    { "tags",
      ">NICK me%0d%0a<@time=12:00;x= :a!b@c PRIVMSG #c :hi%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"prefix\":\"a!b@c\",\"command\":\"PRIVMSG\",\"parameters\":[\"#c\",\"hi\"]}}\n" },
    { "offers of files and talk",
      ">NICK me%0d%0aPRIVMSG you :{01}DCC SEND %22my file.exe%22 3232235777 4000 1024{01}%0d%0aPRIVMSG you :{01}DCC CHAT chat 3232235777 4001{01}%0d%0aPRIVMSG "
      "you :{01}DCC RESUME f 4000 10{01}%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"PRIVMSG\",\"parameters\":[\"you\",\"\\u0001DCC SEND \\\"my file.exe\\\" 3232235777 4000 1024\\u0001\"],"
      "\"dcc\":{\"type\":\"SEND\",\"file\":\"my file.exe\",\"address\":\"3232235777\",\"port\":4000,\"size\":1024}}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"PRIVMSG\",\"parameters\":[\"you\",\"\\u0001DCC CHAT chat 3232235777 4001\\u0001\"],\"dcc\":{\"type\":\"CHAT\","
      "\"file\":\"chat\",\"address\":\"3232235777\",\"port\":4001,\"size\":0}}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"PRIVMSG\",\"parameters\":[\"you\",\"\\u0001DCC RESUME f 4000 10\\u0001\"],\"dcc\":{\"type\":\"RESUME\","
      "\"file\":\"f\"}}}\n" },
    { "an offer without an address, and one of a port that is none",
      ">NICK me%0d%0aPRIVMSG you :{01}DCC SEND f{01}%0d%0aPRIVMSG you :{01}DCC SEND f 1.2.3.4 99999{01}%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"PRIVMSG\",\"parameters\":[\"you\",\"\\u0001DCC SEND f\\u0001\"],\"dcc\":{\"type\":\"SEND\","
      "\"file\":\"f\"}}} #malformed_dcc\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"PRIVMSG\",\"parameters\":[\"you\",\"\\u0001DCC SEND f 1.2.3.4 99999\\u0001\"],\"dcc\":{\"type\":\"SEND\","
      "\"file\":\"f\"}}} #malformed_dcc\n" },
    { "lines that are none, blanks",
      ">NICK me%0d%0a%0d%0a:x%0d%0a{02}%0d%0a  JOIN   #a   b  %0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"prefix\":\"x\",\"parameters\":[]}} #malformed_line\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"\\u0002\",\"parameters\":[]}} #malformed_line\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"JOIN\",\"parameters\":[\"#a\",\"b\"]}}\n" },
    { "a line too long",
      ">NICK me%0d%0aPRIVMSG c :aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%0d%0aQUIT%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"PRIVMSG\",\"parameters\":[\"c\","
      "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}} #line_too_long\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"QUIT\",\"parameters\":[]}}\n" },
    { "more parameters than there may be",
      ">NICK me%0d%0aMODE 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"MODE\",\"parameters\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\","
      "\"14\",\"15\"]}} #too_many_parameters\n" },
    { "TLS agreed",
      ">NICK me%0d%0aSTARTTLS%0d%0a<:irc.example.org 670 me :go on%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"command\":\"STARTTLS\",\"parameters\":[]}}\n{"
      "\"irc\":{\"nick\":\"me\",\"prefix\":\"irc.example.org\",\"command\":\"670\",\"parameters\":[\"me\",\"go on\"]}}\n" },
    { "a gap: on with the next line",
      ">NICK me%0d%0aPRIVM^>SG x%0d%0aQUIT%0d%0a",
      "{\"irc\":{\"nick\":\"me\",\"command\":\"NICK\",\"parameters\":[\"me\"]}}\n{\"irc\":{\"nick\":\"me\",\"command\":\"QUIT\",\"parameters\":[]}}\n" },
    { "what begins as FTP is FTP's, as Suricata has it",
      ">USER u 0 * :Real%0d%0aNICK me%0d%0a",
      "{\"ftp\":{\"command\":\"USER\",\"command_data\":\"u 0 * :Real\",\"command_truncated\":false,\"reply_received\":\"no\","
      "\"reply_truncated\":false}} (open)\n" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 6667 });
    return done_testing();
}
