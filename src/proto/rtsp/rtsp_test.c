/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTSP's messages: requests and responses, media between them. */
#include "proto/test_rig.h"

/* clang-format off */
static const struct rig_row rows[] = {
    { "a camera is asked what it can, and what it has",
      ">OPTIONS rtsp://10.0.0.5/live RTSP/1.0%0d%0aCSeq: 1%0d%0aUser-Agent: player/1%0d%0a%0d%0a<RTSP/1.0 200 OK%0d%0aCSeq: 1%0d%0aPublic: DESCRIBE, "
      "SETUP%0d%0a%0d%0a>DESCRIBE rtsp://10.0.0.5/live RTSP/1.0%0d%0aCSeq: 2%0d%0a%0d%0a<RTSP/1.0 401 Unauthorized%0d%0aCSeq: 2%0d%0aServer: cam%0d%0a%0d%0a",
      "{\"rtsp\":{\"cseq\":\"1\",\"request\":{\"method\":\"OPTIONS\",\"uri\":\"rtsp://10.0.0.5/live\",\"version\":\"RTSP/1.0\",\"user_agent\":\"player/1\"},"
      "\"response\":{\"status\":\"200\",\"reason\":\"OK\",\"version\":\"RTSP/1.0\"}}}\n{"
      "\"rtsp\":{\"cseq\":\"2\",\"request\":{\"method\":\"DESCRIBE\",\"uri\":\"rtsp://10.0.0.5/live\",\"version\":\"RTSP/1.0\"},"
      "\"response\":{\"status\":\"401\",\"reason\":\"Unauthorized\",\"version\":\"RTSP/1.0\",\"server\":\"cam\"}}}\n" },
    { "a body, and media within the stream",
      ">DESCRIBE rtsp://10.0.0.5/live RTSP/1.0%0d%0aCSeq: 1%0d%0a%0d%0a<RTSP/1.0 200 OK%0d%0aCSeq: 1%0d%0aContent-Type: application/sdp%0d%0aContent-Length: "
      "5%0d%0a%0d%0av=0%0d%0a%24{00 00 04}aaaa%24{00 00 02 0d 0a}RTSP/1.0 200 OK%0d%0aCSeq: 9%0d%0a%0d%0a",
      "{\"rtsp\":{\"cseq\":\"1\",\"request\":{\"method\":\"DESCRIBE\",\"uri\":\"rtsp://10.0.0.5/live\",\"version\":\"RTSP/1.0\"},"
      "\"response\":{\"status\":\"200\",\"reason\":\"OK\",\"version\":\"RTSP/1.0\",\"content_type\":\"application/sdp\",\"content_length\":\"5\"}}}\n{"
      "\"rtsp\":{\"cseq\":\"9\",\"response\":{\"status\":\"200\",\"reason\":\"OK\",\"version\":\"RTSP/1.0\"}}} #unsolicited_response\n" },
    { "responses out of order",
      ">SETUP rtsp://a RTSP/1.0%0d%0aCSeq: 1%0d%0a%0d%0aPLAY rtsp://a RTSP/1.0%0d%0aCSeq: 2%0d%0a%0d%0a<RTSP/1.0 200 OK%0d%0aCSeq: 2%0d%0a%0d%0aRTSP/1.0 "
      "461 Unsupported Transport%0d%0aCSeq: 1%0d%0a%0d%0a",
      "{\"rtsp\":{\"cseq\":\"1\",\"request\":{\"method\":\"SETUP\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"},\"response\":{\"status\":\"461\","
      "\"reason\":\"Unsupported Transport\",\"version\":\"RTSP/1.0\"}}}\n{"
      "\"rtsp\":{\"cseq\":\"2\",\"request\":{\"method\":\"PLAY\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"},\"response\":{\"status\":\"200\","
      "\"reason\":\"OK\",\"version\":\"RTSP/1.0\"}}}\n" },
    { "the server asks",
      ">SETUP rtsp://a RTSP/1.0%0d%0aCSeq: 1%0d%0a%0d%0a<RTSP/1.0 200 OK%0d%0aCSeq: 1%0d%0a%0d%0a<ANNOUNCE rtsp://a RTSP/1.0%0d%0aCSeq: 7%0d%0a%0d%0a>RTSP/1.0 "
      "200 OK%0d%0aCSeq: 7%0d%0a%0d%0a",
      "{\"rtsp\":{\"cseq\":\"1\",\"request\":{\"method\":\"SETUP\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"},\"response\":{\"status\":\"200\","
      "\"reason\":\"OK\",\"version\":\"RTSP/1.0\"}}}\n{"
      "\"rtsp\":{\"cseq\":\"7\",\"request\":{\"method\":\"ANNOUNCE\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"},\"response\":{\"status\":\"200\","
      "\"reason\":\"OK\",\"version\":\"RTSP/1.0\"}}}\n" },
    { "a line without its parts, a header field that is none",
      ">SETUP rtsp://a RTSP/1.0%0d%0aCSeq: 1%0d%0ahello%0d%0a%0d%0aPLAY%0d%0aCSeq: 2%0d%0a%0d%0a",
      "{\"rtsp\":{\"cseq\":\"1\",\"request\":{\"method\":\"SETUP\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"}}} #malformed_header (open)\n{"
      "\"rtsp\":{\"cseq\":\"2\",\"request\":{\"method\":\"PLAY\",\"uri\":\"\",\"version\":\"\"}}} #malformed_line (open)\n" },
    { "a gap: on with the next message",
      ">SETUP rtsp://a RTSP/1.0%0d%0aCSeq: 1%0d%0a%0d%0aPLA^>Y%0d%0aPLAY rtsp://a RTSP/1.0%0d%0aCSeq: 2%0d%0a%0d%0a",
      "{\"rtsp\":{\"cseq\":\"1\",\"request\":{\"method\":\"SETUP\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"}}} (open)\n{"
      "\"rtsp\":{\"cseq\":\"2\",\"request\":{\"method\":\"PLAY\",\"uri\":\"rtsp://a\",\"version\":\"RTSP/1.0\"}}} (open)\n" },
    { "HTTP is not it",
      ">OPTIONS /x HTTP/1.1%0d%0aHost: a%0d%0a%0d%0a",
      "{\"http\":{\"hostname\":\"a\",\"url\":\"/x\"}} (open)\n" },
};
/* clang-format on */

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 554 });
    return done_testing();
}
