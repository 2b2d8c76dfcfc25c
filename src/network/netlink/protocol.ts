/** Numbers of the netlink protocol itself: linux/netlink.h. */

export const AF_NETLINK = 16;
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

export const HEADER_SIZE = 16;

export const FLAG_REQUEST = 0x1;
export const FLAG_ACK = 0x4;
export const FLAG_DUMP_INTERRUPTED = 0x10;
export const FLAG_DUMP = 0x300;
export const FLAG_REPLACE = 0x100;
export const FLAG_EXCLUSIVE = 0x200;
export const FLAG_CREATE = 0x400;
export const FLAG_APPEND = 0x800;
/** On an error message: the request is not repeated after its header. */
export const FLAG_CAPPED = 0x100;
/** On an error message: attributes with the kernel's explanation follow. */
export const FLAG_ACK_ATTRIBUTES = 0x200;

export const MESSAGE_NOOP = 1;
export const MESSAGE_ERROR = 2;
export const MESSAGE_DONE = 3;
export const MESSAGE_OVERRUN = 4;

/** Marks an attribute that contains attributes. */
export const NESTED = 0x8000;
/** The attribute's number without the flags for nesting and byte order. */
export const ATTRIBUTE_TYPE_MASK = 0x3fff;

export function alignTo4(size: number): number {
  return (size + 3) & ~3;
}
