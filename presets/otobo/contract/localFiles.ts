// The kinds of files below /opt/otobo that are neither the image's nor a package's, by their paths, and what becomes of
// each (docs/otobo.md#files-of-one-pod). `rollcall otobo adopt` sorts the files of an old volume by it, and the runner's
// `otobo drift` those of a pod.

/** What happens to a kind of files when the pod ends, and what to do about it. */
export const LOCAL_FILES = {
  article: {
    title: "articles on the file system",
    advice: "set articles: Database or S3, after Admin::Article::StorageSwitch",
  },
  mail: {
    title: "mails that OTOBO could not process",
    advice: "run Maint::PostMaster::SpoolMailsReprocess; a pod that stops moves the others to the database",
  },
  key: {
    title: "keys and certificates",
    advice: "put them into a Secret, mount it outside of /opt/otobo, and set OTOBO's paths to it",
  },
  custom: {
    title: "files in Custom/",
    advice: "deliver them in a package or in your own image",
  },
  config: {
    title: "settings",
    advice: "set them in the profile, or in your own Config.pm (the profile's config)",
  },
  other: {
    title: "files of another origin",
    advice: "deliver them in a package or in your own image",
  },
  generated: {
    title: "files that are made anew",
    advice: "nothing: each start makes them, or they are temporary",
  },
} as const satisfies Record<string, { title: string; advice: string }>;

export type LocalFileKind = keyof typeof LOCAL_FILES;

export const LOCAL_FILE_KINDS = Object.keys(LOCAL_FILES) as readonly LocalFileKind[];

/** The first pattern that matches a path decides. */
const PATTERNS: readonly (readonly [RegExp, LocalFileKind])[] = [
  [/^var\/article\//, "article"],
  [/^var\/spool\//, "mail"],
  [/(?:^|\/)\.gnupg\/|\.(?:pem|key|crt|p12|asc|gpg)$/, "key"],
  [/^Custom\//, "custom"],
  // the settings of the database's last deployment, ACLs, processes, users' settings, and translations
  [
    /^Kernel\/Config\/Files\/(?:ZZZ(?:AAuto|ACL|ProcessManagement)\.pm|User\/\d+\.pm|event_package\.json)$/,
    "generated",
  ],
  [/^Kernel\/Language\/[A-Za-z0-9_]+_ZZZAAuto\.pm$/, "generated"],
  [/^Kernel\/Config\.(?:pm|pod)$/, "generated"],
  [/^Kernel\/Config(?:\.pm[^/]*$|\/Files\/)/, "config"],
  [/^var\/(?:log|tmp|run|sessions)\//, "generated"],
  [/^var\/httpd\/htdocs\/(?:.+\/)?(?:css|js)-cache\//, "generated"],
  // of the image's entrypoint and of Rollcall
  [
    /(?:^|\/)\.(?:rollcall|s3_sync\.lock)|^\.copy_otobo_next_finished$|^var\/rollcall-|^docker_firsttime/,
    "generated",
  ],
];

export function classifyLocalFile(path: string): LocalFileKind {
  return PATTERNS.find(([pattern]) => pattern.test(path))?.[1] ?? "other";
}
