/**
 * The image of the pause container, made from nothing: a static ELF executable of one page that ignores SIGCHLD
 * (so the kernel reaps orphans that a shared process namespace hands to it) and then sleeps for ever. Nothing
 * is pulled to start a sandbox.
 */
export const PAUSE_IMAGE = "kubelith.io/pause:1";

/** Changes that `docker import` applies. */
export const PAUSE_IMAGE_CHANGES = ['ENTRYPOINT ["/pause"]'];

/** Pid 1 of a sandbox has no signal handlers, so this is the only signal that ends it. */
export const PAUSE_STOP_SIGNAL = "SIGKILL";

interface Machine {
  /** `e_machine` of the ELF header. */
  readonly id: number;
  /** Position-independent code with its data behind it. */
  readonly code: readonly number[];
}

/** `rt_sigaction(SIGCHLD, {SIG_IGN, SA_NOCLDWAIT}, NULL, 8)`, then a loop around `pause` or `ppoll`. */
const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    id: 62,
    code: [
      // mov eax,13; mov edi,17; lea rsi,[rip+29]; xor edx,edx; mov r10d,8; syscall
      0xb8, 13, 0, 0, 0, 0xbf, 17, 0, 0, 0, 0x48, 0x8d, 0x35, 0x17, 0, 0, 0, 0x31, 0xd2, 0x41, 0xba, 8, 0, 0,
      0, 0x0f, 0x05,
      // loop: mov eax,34; syscall; jmp loop; nop to align
      0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7, 0x0f, 0x1f, 0x40, 0,
      // struct sigaction: handler SIG_IGN, flags SA_NOCLDWAIT | SA_RESTORER, restorer, mask
      1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
  },
  arm64: {
    id: 183,
    code: [
      // mov x8,134; mov x0,17; adr x1,action; mov x2,0; mov x3,8; svc 0
      0xc8, 0x10, 0x80, 0xd2, 0x20, 0x02, 0x80, 0xd2, 0x81, 0x01, 0x00, 0x10, 0x02, 0x00, 0x80, 0xd2, 0x03,
      0x01, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
      // loop: mov x8,73; mov x0..x3,0; svc 0; b loop; nop to align
      0x28, 0x09, 0x80, 0xd2, 0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2, 0x03,
      0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xfa, 0xff, 0xff, 0x17, 0x1f, 0x20, 0x03, 0xd5,
      // struct sigaction as above, without a restorer
      1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
  },
};

const ELF_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const LOAD_ADDRESS = 0x40_0000n;
const TAR_BLOCK = 512;

/** A tar archive with `/pause` for this architecture (`process.arch`). Throws a RangeError for any other. */
export function pauseImageArchive(architecture: string): Uint8Array {
  const machine = MACHINES[architecture];
  if (machine === undefined) throw new RangeError(`No pause program for architecture "${architecture}"`);
  return tarOf("pause", elfOf(machine));
}

/** A 64 bit little-endian executable with one segment that holds everything (System V ABI, gABI 4.1). */
function elfOf({ id, code }: Machine): Uint8Array {
  const codeOffset = ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE;
  const size = codeOffset + code.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // e_type: executable
  view.setUint16(18, id, true);
  view.setUint32(20, 1, true); // e_version
  view.setBigUint64(24, LOAD_ADDRESS + BigInt(codeOffset), true); // e_entry
  view.setBigUint64(32, BigInt(ELF_HEADER_SIZE), true); // e_phoff
  view.setUint16(52, ELF_HEADER_SIZE, true);
  view.setUint16(54, PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, 1, true); // e_phnum
  view.setUint32(64, 1, true); // p_type: load
  view.setUint32(68, 5, true); // p_flags: read and execute
  view.setBigUint64(80, LOAD_ADDRESS, true); // p_vaddr
  view.setBigUint64(88, LOAD_ADDRESS, true); // p_paddr
  view.setBigUint64(96, BigInt(size), true); // p_filesz
  view.setBigUint64(104, BigInt(size), true); // p_memsz
  view.setBigUint64(112, 0x1000n, true); // p_align
  file.set(code, codeOffset);
  return file;
}

/** One executable file in a POSIX ustar archive. */
function tarOf(name: string, content: Uint8Array): Uint8Array {
  const padded = Math.ceil(content.length / TAR_BLOCK) * TAR_BLOCK;
  const archive = new Uint8Array(TAR_BLOCK + padded + 2 * TAR_BLOCK);
  const put = (offset: number, text: string): void => archive.set(new TextEncoder().encode(text), offset);
  put(0, name);
  put(100, "0000755\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${content.length.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  const checksum = archive.subarray(0, TAR_BLOCK).reduce((sum, byte) => sum + byte, 0);
  put(148, `${checksum.toString(8).padStart(6, "0")}\0 `);
  archive.set(content, TAR_BLOCK);
  return archive;
}
