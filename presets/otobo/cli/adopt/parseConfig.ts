// Reads Kernel/Config.pm as text. It is Perl, and it is never run: only assignments of a literal to a setting that a
// profile has are understood, and only where Perl would execute them unconditionally. All other lines are carried over.

/** The settings that a profile replaces, by OTOBO's keys; of a hash with its key after ###. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["DatabaseHost", "Database", "DatabaseUser", "DatabasePw", "DatabaseDSN", "Home", "NodeID"],
  ...["LogModule", "LogModule::LogFile", "Daemon::Log::STDERR"],
  ...["Cache::Module", "Cache::Redis###Server", "SessionModule", "WebUploadCacheModule"],
  ...["Loader::Enabled::CSS", "Loader::Enabled::JS"],
  "Ticket::Article::Backend::MIMEBase::ArticleStorage",
  ...[
    "Active",
    "Region",
    "Bucket",
    "HomePrefix",
    "AccessKey",
    "SecretKey",
    "MetadataPrefix",
    "Delimiter",
  ].map((name) => `Storage::S3::${name}`),
  ...["Scheme", "Host", "DeleteMultipleObjectIsSupported"].map((name) => `Storage::S3::${name}`),
]);

export interface ParsedConfig {
  settings: ReadonlyMap<string, string>;
  /** the text without the lines that were understood */
  rest: string;
  /** lines of the rest that do something, without their values, which may be secret */
  unknown: { line: number; what: string }[];
  /** the rest ends before __END__ or __DATA__, after which the managed block would not run */
  isCut: boolean;
}

/** Longer lines are carried over unread. */
const LONGEST_LINE = 4096;

const SETTING = /^\s*\$Self->\{\s*['"]?([\w:]+)['"]?\s*\}(?:(?:\s*->\s*|\s*)\{\s*['"]?(\w+)['"]?\s*\})?\s*=/;
/** What follows the sign. */
const VALUE = /^\s*(?:'([^'\\]*)'|"([^"\\$@]*)"|(\d+))\s*;\s*(?:#.*)?$/;
/** The template's DSN repeats other settings. */
const DSN = /^\s*"(DBI:[^"\\@]*)"\s*;\s*(?:#.*)?$/i;
/** Lines that every Config.pm has. */
const FRAME =
  /^\s*(?:package Kernel::Config;|use [\w:.' ()]+;.*|sub Load \{|my \$Self = shift;|return 1;|\}|1;)?\s*(?:#.*)?$/;
const LOAD = /^\s*sub\s+Load\b/;
const HEREDOC = /<<~?\s*(?:'(\w+)'|"(\w+)"|([A-Z_]\w*))/;

/** @param template the image's Config.pm, whose lines are nothing that somebody has added; "": unknown */
export function parseConfig(text: string, template: string): ParsedConfig {
  const [code = "", ...after] = text.split(/^__(?:END|DATA)__\b.*$/m);
  const common = new Set(template.split("\n").map((line) => line.trim()));
  const settings = new Map<string, string>();
  const rest: string[] = [];
  const unknown: ParsedConfig["unknown"] = [];
  const reader = new LineReader();
  for (const [index, line] of code.split("\n").entries()) {
    const place = reader.follow(line);
    const found = place === "load" ? readSetting(line) : null;
    if (found !== null) {
      settings.set(found.key, found.value);
      continue;
    }
    rest.push(line);
    if (place !== "text" && !FRAME.test(line) && !common.has(line.trim()))
      unknown.push({ line: index + 1, what: describeLine(line) });
  }
  return { settings, rest: rest.join("\n"), unknown, isCut: after.length > 0 };
}

function readSetting(line: string): { key: string; value: string } | null {
  if (line.length > LONGEST_LINE) return null;
  const found = findSetting(line);
  if (found === null || !KNOWN.has(found.key)) return null;
  const [, single, double, number] = VALUE.exec(found.after) ?? [];
  const dsn = found.key === "DatabaseDSN" ? DSN.exec(found.after)?.[1] : undefined;
  const value = single ?? double ?? number ?? dsn;
  return value === undefined ? null : { key: found.key, value };
}

/** @returns the key that a line sets, and what follows the sign */
function findSetting(line: string): { key: string; after: string } | null {
  const [start = "", name, inner] = SETTING.exec(line) ?? [];
  if (name === undefined) return null;
  return { key: inner === undefined ? name : `${name}###${inner}`, after: line.slice(start.length) };
}

/** Names the setting, and never its value. */
function describeLine(line: string): string {
  const found = findSetting(line.slice(0, LONGEST_LINE));
  if (found === null) return "code";
  const { key } = found;
  return KNOWN.has(key) ? `${key}, to a value that is not a literal, or under a condition` : key;
}

/** Where a line is: text (POD, a comment, a here-document), directly in the body of Load(), or other code. */
type LinePlace = "text" | "load" | "code";

class LineReader {
  #isPod = false;
  /** ends the here-document */
  #terminator: string | null = null;
  #depth = 0;
  #isLoad = false;
  /** after a quote that is open at the end of its line, nothing is certain */
  #isOpaque = false;

  follow(line: string): LinePlace {
    if (this.#terminator !== null) {
      if (line.trim() === this.#terminator) this.#terminator = null;
      return "code";
    }
    if (this.#isPod || /^=[a-z]/.test(line)) {
      this.#isPod = !/^=cut\b/.test(line);
      return "text";
    }
    if (/^\s*(?:#|$)/.test(line)) return "text";
    return this.#followCode(line.slice(0, LONGEST_LINE));
  }

  #followCode(line: string): LinePlace {
    // quoted braces open no block
    const bare = line.replace(/'[^'\\]*'|"[^"\\]*"/g, "").replace(/(?:^|\s)#.*$/, "");
    if (/['"]/.test(bare)) this.#isOpaque = true;
    if (this.#depth === 0 && LOAD.test(line)) this.#isLoad = true;
    const before = this.#depth;
    this.#depth = Math.max(0, before + countBraces(bare));
    const [, single, double, plain] = HEREDOC.exec(line) ?? [];
    this.#terminator = single ?? double ?? plain ?? null;
    const isDirect = this.#isLoad && before === 1 && this.#depth === 1;
    if (this.#depth === 0 && before > 0) this.#isLoad = false;
    return isDirect && !this.#isOpaque ? "load" : "code";
  }
}

/** The braces that are opened, less those that are closed. */
const countBraces = (code: string): number => code.split("{").length - code.split("}").length;
