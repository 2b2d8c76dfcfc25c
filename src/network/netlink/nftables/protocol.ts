/** Numbers of nf_tables netlink: linux/netfilter/nf_tables.h, nfnetlink.h. */

export const NFNL_SUBSYS_NFTABLES = 10;
export const NFNL_MSG_BATCH_BEGIN = 16;
export const NFNL_MSG_BATCH_END = 17;
export const NFNLGRP_NFTABLES = 7;

export const NEWTABLE = 0;
export const GETTABLE = 1;
export const DELTABLE = 2;
export const NEWCHAIN = 3;
export const GETCHAIN = 4;
export const DELCHAIN = 5;
export const NEWRULE = 6;
export const GETRULE = 7;
export const DELRULE = 8;
export const NEWSET = 9;
export const GETSET = 10;
export const DELSET = 11;
export const NEWSETELEM = 12;
export const GETSETELEM = 13;
export const DELSETELEM = 14;
export const NEWGEN = 15;

export const TABLE_NAME = 1;

export const CHAIN_TABLE = 1;
export const CHAIN_NAME = 3;
export const CHAIN_HOOK = 4;
export const CHAIN_POLICY = 5;
export const CHAIN_TYPE = 7;
export const HOOK_HOOKNUM = 1;
export const HOOK_PRIORITY = 2;

export const RULE_TABLE = 1;
export const RULE_CHAIN = 2;
export const RULE_HANDLE = 3;
export const RULE_EXPRESSIONS = 4;
export const RULE_USERDATA = 7;

export const LIST_ELEMENT = 1;
export const EXPRESSION_NAME = 1;
export const EXPRESSION_DATA = 2;

export const SET_TABLE = 1;
export const SET_NAME = 2;
export const SET_FLAGS = 3;
export const SET_KEY_TYPE = 4;
export const SET_KEY_LENGTH = 5;
export const SET_DATA_TYPE = 6;
export const SET_DATA_LENGTH = 7;
export const SET_DESCRIPTION = 9;
export const SET_DESCRIPTION_SIZE = 1;
export const SET_ID = 10;

export const SET_FLAG_ANONYMOUS = 0x1;
export const SET_FLAG_MAP = 0x8;
export const SET_FLAG_TIMEOUT = 0x10;
export const SET_FLAG_EVAL = 0x20;

/** The data type of a verdict map; every other number is the concern of user space. */
export const DATA_TYPE_VERDICT = 0xffffff00;

export const ELEMENT_LIST_TABLE = 1;
export const ELEMENT_LIST_SET = 2;
export const ELEMENT_LIST_ELEMENTS = 3;
export const ELEMENT_KEY = 1;
export const ELEMENT_DATA = 2;

export const DATA_VALUE = 1;
export const DATA_VERDICT = 2;
export const VERDICT_CODE = 1;
export const VERDICT_CHAIN = 2;
