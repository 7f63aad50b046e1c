// The names of what keeps an Ozone Manager from joining (docs/research/ozone.md#upgrades), as the record holds them: the
// runner writes them, and the webhook warns from them. A name never changes.

export const JOIN_OBSTACLES = {
  /** the leader's metadata has an older layout version than its software */
  notFinalized: "upgrade-not-finalized",
  /** the joining member's Ozone is of another major or minor version than the leader's */
  versionsDiffer: "versions-differ",
  /** the leader has purged its Raft log, and the joining member's Ozone lacks HDDS-16057 */
  logPurged: "log-purged",
  /** as above, but it is a vendor's or an own build, which may have HDDS-16057: it is recorded, and the member joins */
  logPurgedBuild: "log-purged-build",
} as const;

/** The command that finalizes an upgrade, for messages. The SCM comes first (docs/research/ozone.md#upgrades). */
export const formatFinalizeCommand = (serviceId: string): string =>
  `ozone admin om finalizeupgrade --service-id=${serviceId}`;
