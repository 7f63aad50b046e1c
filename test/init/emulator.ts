// Runs programs of arm64 on amd64: the emulator is registered in a user namespace only, so that this machine does not
// change. Since Linux 6.7 each user namespace has its own list of emulators (binfmt_misc).

/** Its static binary, on PATH. */
export const EMULATOR = "qemu-aarch64-static";

/** binfmt_misc's pattern for an ELF program, executable or position-independent, for machine 183 (aarch64). */
const MAGIC = String.raw`\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/** Shell script that registers the emulator. F: opens it now, since a container's root does not contain it. */
export const REGISTER_EMULATOR = [
  "mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc",
  `printf %s ':arm64:M::${MAGIC}:${MASK}:'"$(command -v ${EMULATOR})":F > /proc/sys/fs/binfmt_misc/register`,
] as const;
