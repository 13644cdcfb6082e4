/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb_names - names of commands, results and control functions. */
#include "proto/smb/smb.h"

/* MS-ERREF 2.3.1: those that servers of files and calls return. */
static const struct code status_names[] = {
#define STATUS(number, name) { number, "STATUS_" #name },
#include "smb_status.list"
#undef STATUS
};

/* MS-CIFS 2.2.2.4 */
static const struct code dos_names[] = {
    { 0, "DOS_SUCCESS" }, { 1, "DOS_BAD_FUNC" }, { 2, "DOS_BAD_FILE" }, { 3, "DOS_BAD_PATH" }, { 4, "DOS_TOO_MANY_OPEN_FILES" }, { 5, "DOS_ACCESS_DENIED" },
    { 6, "DOS_BAD_FID" }, { 8, "DOS_INSUFFICIENT_MEMORY" }, { 9, "DOS_INSUFFICIENT_MEMORY2" }, { 12, "DOS_BAD_ACCESS" }, { 13, "DOS_BAD_DATA" },
    { 15, "DOS_BAD_DRIVE" }, { 16, "DOS_REMOVE_CD" }, { 17, "DOS_DIFF_DEVICE" }, { 18, "DOS_NO_FILES" }, { 31, "DOS_GENERAL" }, { 32, "DOS_BAD_SHARE" },
    { 33, "DOS_BAD_LOCK" }, { 50, "DOS_UNSUPPORTED" }, { 67, "DOS_NO_SHARE" }, { 80, "DOS_FILE_EXISTS" }, { 87, "DOS_INVALID_PARAMETER" },
    { 112, "DOS_DISK_FULL" }, { 123, "DOS_INVALID_NAME" }, { 145, "DOS_DIR_NOT_EMPTY" }, { 183, "DOS_ALREADY_EXISTS" }, { 230, "DOS_BAD_PIPE" },
    { 231, "DOS_PIPE_BUSY" }, { 232, "DOS_PIPE_CLOSING" }, { 233, "DOS_NOT_CONNECTED" }, { 234, "DOS_MORE_DATA" },
};
static const struct code srv_names[] = {
    { 1, "SRV_ERROR" }, { 2, "SRV_BADPW" }, { 4, "SRV_ACCESS" }, { 5, "SRV_BADTID" }, { 6, "SRV_BADNETNAME" }, { 7, "SRV_BADDEVICE" },
    { 22, "SRV_SMBCMD" }, { 49, "SRV_QUEUEFULL" }, { 50, "SRV_QUEUETOOBIG" }, { 52, "SRV_BADPRINTQFID" }, { 64, "SRV_NOTSUPPORTED" },
    { 65, "SRV_FILESPECS" }, { 67, "SRV_BADLINK" }, { 80, "SRV_BADPERMITS" }, { 82, "SRV_BADPID" }, { 83, "SRV_SETATTRMODE" }, { 87, "SRV_MSGPAUSED" },
    { 88, "SRV_TIMEOUT" }, { 89, "SRV_TOOMANYUIDS" }, { 90, "SRV_NORESOURCE" }, { 91, "SRV_BADUID" },
};

/* MS-FSCC 2.3 */
static const struct code function_names[] = {
    { 0x00060194, "FSCTL_DFS_GET_REFERRALS" }, { 0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX" }, { 0x000900a4, "FSCTL_SET_REPARSE_POINT" },
    { 0x00098208, "FSCTL_FILE_LEVEL_TRIM" }, { 0x0011400c, "FSCTL_PIPE_PEEK" }, { 0x00110018, "FSCTL_PIPE_WAIT" },
    { 0x0011c017, "FSCTL_PIPE_TRANSCEIVE" }, { 0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY" }, { 0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO" },
    { 0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY" }, { 0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO" },
    { 0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS" }, { 0x001440f2, "FSCTL_SRV_COPYCHUNK" }, { 0x001480f2, "FSCTL_SRV_COPYCHUNK_WRITE" },
    { 0x001441bb, "FSCTL_SRV_READ_HASH" },
};

static const struct code smb1_names[] = {
    { 0x00, "CREATE_DIRECTORY" }, { 0x01, "DELETE_DIRECTORY" }, { 0x02, "OPEN" }, { 0x03, "CREATE" }, { 0x04, "CLOSE" }, { 0x05, "FLUSH" },
    { 0x06, "DELETE" }, { 0x07, "RENAME" }, { 0x08, "QUERY_INFORMATION" }, { 0x09, "SET_INFORMATION" }, { 0x0a, "READ" }, { 0x0b, "WRITE" },
    { 0x0c, "LOCK_BYTE_RANGE" }, { 0x0d, "UNLOCK_BYTE_RANGE" }, { 0x0e, "CREATE_TEMPORARY" }, { 0x0f, "CREATE_NEW" }, { 0x10, "CHECK_DIRECTORY" },
    { 0x11, "PROCESS_EXIT" }, { 0x12, "SEEK" }, { 0x13, "LOCK_AND_READ" }, { 0x14, "WRITE_AND_UNLOCK" }, { 0x1a, "READ_RAW" }, { 0x1d, "WRITE_RAW" },
    { 0x22, "SET_INFORMATION2" }, { 0x23, "QUERY_INFORMATION2" }, { 0x24, "LOCKING_ANDX" }, { 0x25, "TRANS" }, { 0x26, "TRANS_SECONDARY" },
    { 0x27, "IOCTL" }, { 0x2b, "ECHO" }, { 0x2c, "WRITE_AND_CLOSE" }, { 0x2d, "OPEN_ANDX" }, { 0x2e, "READ_ANDX" }, { 0x2f, "WRITE_ANDX" },
    { 0x32, "TRANS2" }, { 0x33, "TRANS2_SECONDARY" }, { 0x34, "FIND_CLOSE2" }, { 0x70, "TREE_CONNECT" }, { 0x71, "TREE_DISCONNECT" },
    { 0x72, "NEGOTIATE_PROTOCOL" }, { 0x73, "SESSION_SETUP_ANDX" }, { 0x74, "LOGOFF_ANDX" }, { 0x75, "TREE_CONNECT_ANDX" }, { 0x80, "QUERY_INFO_DISK" },
    { 0x81, "SEARCH" }, { 0x82, "FIND" }, { 0x83, "FIND_UNIQUE" }, { 0x84, "FIND_CLOSE" }, { 0xa0, "NT_TRANS" }, { 0xa1, "NT_TRANS_SECONDARY" },
    { 0xa2, "NT_CREATE_ANDX" }, { 0xa4, "NT_CANCEL" }, { 0xa5, "NT_RENAME" }, { 0xc0, "OPEN_PRINT_FILE" },
};
static const struct code smb2_names[] = {
    { 0, "NEGOTIATE_PROTOCOL" }, { 1, "SESSION_SETUP" }, { 2, "SESSION_LOGOFF" }, { 3, "TREE_CONNECT" }, { 4, "TREE_DISCONNECT" }, { 5, "CREATE" },
    { 6, "CLOSE" }, { 7, "FLUSH" }, { 8, "READ" }, { 9, "WRITE" }, { 10, "LOCK" }, { 11, "IOCTL" }, { 12, "CANCEL" }, { 13, "KEEPALIVE" },
    { 14, "FIND" }, { 15, "CHANGE_NOTIFY" }, { 16, "GET_INFO" }, { 17, "SET_INFO" }, { 18, "OPLOCK_BREAK" },
};

const char *smb_status_name(uint32_t status) { return names_name(NAMES_CODES(status_names), status); }
const char *smb_function_name(uint32_t function) { return names_name(NAMES_CODES(function_names), function); }

const char *smb_dos_name(uint8_t class, uint16_t code)
{
    if (class <= 1) {
        return names_name(NAMES_CODES(dos_names), code);
    }
    return class == 2 ? names_name(NAMES_CODES(srv_names), code) : NULL;
}

const char *smb_command_name(unsigned version, unsigned command, char room[48])
{
    const char *name = version == 1 ? names_name(NAMES_CODES(smb1_names), command) : names_name(NAMES_CODES(smb2_names), command);
    const char *parts[2] = { version == 1 ? "SMB1_COMMAND_" : "SMB2_COMMAND_", name };
    unsigned n = 0;

    if (name == NULL) {
        n = (unsigned)text_digits(command, room);
        room[n] = '\0';
        return room;
    }
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; parts[i][k] != '\0' && n < 47; k++) {
            room[n++] = parts[i][k];
        }
    }
    room[n] = '\0';
    return room;
}
