/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of IKE: what becomes of them. */
#include "proto/test_rig.h"
#include "tap.h"

#define SPIS "{01 02 03 04 05 06 07 08 11 12 13 14 15 16 17 18}"
#define NO_ANSWER "{01 02 03 04 05 06 07 08 00 00 00 00 00 00 00 00}"
#define HEAD(major, resp, id, exchange) "{\"ike\":{\"version_major\":" major ",\"version_minor\":0,\"init_spi\":\"0102030405060708\",\"resp_spi\":\"" resp "\",\"message_id\":" id ",\"exchange_type\":" exchange
#define ANSWER "1112131415161718"
#define NONE "0000000000000000"
/* An association of version 1 with AES, SHA and 4 bytes of lifetime: 0x38 bytes. */
#define SA1 "{00 00 00 38 00 00 00 01 00 00 00 01 00 00 00 2c 00 01 00 01 00 00 00 24 01 01 00 00 80 01 00 07 80 02 00 02 80 04 00 02 80 03 00 01 80 0b 00 01 00 0c 00 04 00 01 51 80}"
#define ATTRIBUTES "\"alg_enc\":\"EncAesCbc\",\"alg_enc_raw\":7,\"alg_hash\":\"HashSha\",\"alg_hash_raw\":2,\"alg_dh\":\"GroupAlternate1024BitModpGroup\",\"alg_dh_raw\":2," \
    "\"alg_auth\":\"AuthPreSharedKey\",\"alg_auth_raw\":1,\"sa_life_type\":\"LifeTypeSeconds\",\"sa_life_type_raw\":1,\"sa_life_duration\":\"Unknown\",\"sa_life_duration_raw\":86400"
/* A proposal of version 2 with the four transforms given. */
#define SA2(enc, prf, auth, dh) "{21 20 22 08 00 00 00 00 00 00 00 48 00 00 00 2c 00 00 00 28 01 01 00 04 03 00 00 08 01 00 00 " enc " 03 00 00 08 02 00 00 " prf \
    " 03 00 00 08 03 00 00 " auth " 00 00 00 08 04 00 00 " dh "}"
#define V2(payload) HEAD("2", NONE, "0", "34") ",\"role\":\"initiator\",\"payload\":[" payload "]"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "version 1: what the client proposes, what the server chose",
      ">" NO_ANSWER "{01 10 02 00 00 00 00 00 00 00 00 54}" SA1 "<" SPIS "{01 10 02 00 00 00 00 00 00 00 00 54}" SA1,
      HEAD("1", NONE, "0", "2") "," ATTRIBUTES ",\"payload\":[\"SecurityAssociation\",\"Proposal\",\"Transform\"],\"ikev1\":{\"doi\":1,\"encrypted_payloads\":false,"
      "\"client\":{\"proposals\":[{" ATTRIBUTES "}]},\"server\":{}}}}\n"
      HEAD("1", ANSWER, "0", "2") "," ATTRIBUTES ",\"payload\":[\"SecurityAssociation\",\"Proposal\",\"Transform\"],\"ikev1\":{\"doi\":1,\"encrypted_payloads\":false,\"client\":{},\"server\":{}}}}\n" },
    { "version 1: key, nonce, vendor", ">" SPIS "{04 10 02 00 00 00 00 00 00 00 00 30 0a 00 00 06 aa bb 0d 00 00 06 cc dd 00 00 00 08 01 02 03 0f}",
      HEAD("1", ANSWER, "0", "2") ",\"payload\":[\"KeyExchange\",\"Nonce\",\"VendorID\"],\"ikev1\":{\"encrypted_payloads\":false,\"client\":{\"key_exchange_payload\":\"aabb\","
      "\"key_exchange_payload_length\":2,\"nonce_payload\":\"ccdd\",\"nonce_payload_length\":2},\"server\":{},\"vendor_ids\":[\"0102030f\"]}}}\n" },
    { "version 1, encrypted", ">" SPIS "{08 10 20 01 00 00 00 05 00 00 00 20 de ad be ef}",
      HEAD("1", ANSWER, "5", "32") ",\"payload\":[\"Hash\"],\"ikev1\":{\"encrypted_payloads\":true}}}\n" },
    { "bytes behind the last payload", ">" SPIS "{0a 10 02 00 00 00 00 00 00 00 00 24 00 00 00 05 aa 01 02}", HEAD("1", ANSWER, "0", "2")
      ",\"payload\":[\"Nonce\"],\"ikev1\":{\"encrypted_payloads\":false,\"client\":{\"nonce_payload\":\"aa\",\"nonce_payload_length\":1},\"server\":{}}}} #payload_extra_data\n" },
    { "version 2: all is well", ">" NO_ANSWER SA2("0c", "05", "0c", "0e"), V2("\"SecurityAssociation\",\"NoNextPayload\"") ",\"ikev2\":{\"errors\":0}}}\n" },
    { "version 2: all is weak", ">" NO_ANSWER SA2("03", "02", "02", "02"), V2("\"SecurityAssociation\",\"NoNextPayload\"")
      ",\"ikev2\":{\"errors\":0}}} #weak_crypto_enc #weak_crypto_prf #weak_crypto_auth #weak_crypto_dh\n" },
    { "version 2: no integrity, but the cipher has it", ">" NO_ANSWER SA2("14", "05", "00", "0e"), V2("\"SecurityAssociation\",\"NoNextPayload\"") ",\"ikev2\":{\"errors\":0}}}\n" },
    { "version 2: nor the cipher", ">" NO_ANSWER SA2("0c", "05", "00", "0e"), V2("\"SecurityAssociation\",\"NoNextPayload\"") ",\"ikev2\":{\"errors\":0}}} #weak_crypto_no_auth\n" },
    { "version 2: an error is told", "<" SPIS "{29 20 22 20 00 00 00 00 00 00 00 24 00 00 00 08 00 00 00 0e}",
      HEAD("2", ANSWER, "0", "34") ",\"role\":\"responder\",\"alg_enc\":\"ENCR_NULL\",\"alg_auth\":\"NONE\",\"alg_prf\":\"PRF_NULL\",\"alg_dh\":\"None\",\"alg_esn\":\"NoESN\","
      "\"payload\":[\"Notify\",\"NoNextPayload\"],\"ikev2\":{\"errors\":1,\"notify\":[\"NO_PROPOSAL_CHOSEN\"]}}}\n" },
    { "the mark of port 4500 in front", ">{00 00 00 00}" SPIS "{2e 20 23 08 00 00 00 01 00 00 00 24 27 00 00 08 de ad be ef}",
      HEAD("2", ANSWER, "1", "35") ",\"role\":\"initiator\",\"payload\":[\"EncryptedAndAuthenticated\",\"Authentication\"],\"ikev2\":{\"errors\":0}}}\n" },
    { "a length that is not the datagram's is no version 2", ">" SPIS "{2e 20 23 08 00 00 00 01 00 00 00 25 27 00 00 08 de ad be ef}", "" },
};
/* clang-format on */

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 500, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
