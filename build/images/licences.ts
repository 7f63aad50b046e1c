// Where an image has the licence texts of what it contains.

/** The folder with licence texts of an image. */
export const LICENCES = "licenses";

/** The licence texts of the runtime. */
export const RUNTIME_LICENCES = {
  node: `${LICENCES}/node.txt`,
  libc: `${LICENCES}/libc6.txt`,
  /** of libgcc and libstdc++ */
  gcc: `${LICENCES}/gcc.txt`,
  musl: `${LICENCES}/musl.txt`,
} as const;
