// Programs of arm64 on amd64: an emulator that the kernel knows in a user namespace alone, so that nothing of this machine
// changes. Linux 6.7 and later keep a list of emulators for each (binfmt_misc).

/** Its static binary, on PATH. */
export const EMULATOR = "qemu-aarch64-static";

/** An ELF program, executable or position-independent, for machine 183 (aarch64), as binfmt_misc takes it. */
const MAGIC = String.raw`\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/** Shell that makes the emulator known. F: it is opened now, since no container's root has it. */
export const REGISTER_EMULATOR = [
  "mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc",
  `printf %s ':arm64:M::${MAGIC}:${MASK}:'"$(command -v ${EMULATOR})":F > /proc/sys/fs/binfmt_misc/register`,
] as const;
