// Which firewall rules a container engine has left, and how to take them back. Pure: text of `iptables-save` in, text
// for `iptables-restore --noflush` out. Only chains and rules of container networks are ever touched.

/** Chains that podman's network plugins make: for each container, and some that stay when the last one is gone. */
const ENGINE_CHAIN = /^(CNI|NETAVARK)[-_]/;

interface Table {
  readonly name: string;
  readonly chains: ReadonlySet<string>;
  /** As `iptables-save` prints them, "-A CHAIN …". */
  readonly rules: readonly string[];
}

/** What takes the difference back. */
export interface FirewallUndo {
  /** Input of `iptables-restore --noflush`; empty where there is nothing to do. */
  readonly restore: string;
  /** Tables that were not there before and hold nothing afterwards. */
  readonly emptyTables: readonly string[];
}

/** The difference between two outputs of `iptables-save`, as far as it is a container engine's. */
export function undoFirewall(before: string, now: string): FirewallUndo {
  const old = new Map(parseSave(before).map((table) => [table.name, table]));
  const parts: string[] = [];
  const emptyTables: string[] = [];
  for (const table of parseSave(now)) {
    const known = old.get(table.name);
    const chains = [...table.chains].filter(
      (chain) => ENGINE_CHAIN.test(chain) && known?.chains.has(chain) !== true,
    );
    const rules = table.rules.filter((rule) => known?.rules.includes(rule) !== true && isEngineRule(rule));
    const inOldChains = rules.filter((rule) => !chains.includes(readChain(rule)));
    const lines = [
      ...inOldChains.map((rule) => rule.replace("-A ", "-D ")),
      // All are emptied before the first is deleted: they refer to each other.
      ...chains.map((chain) => `-F ${chain}`),
      ...chains.map((chain) => `-X ${chain}`),
    ];
    if (lines.length > 0) parts.push(`*${table.name}`, ...lines, "COMMIT", "");
    const staying = table.rules.length - rules.length;
    const builtin = [...table.chains].every((chain) => chains.includes(chain) || /^[A-Z]+$/.test(chain));
    if (known === undefined && staying === 0 && builtin) emptyTables.push(table.name);
  }
  return { restore: parts.join("\n"), emptyTables };
}

/** A rule in a chain of the engine's, or one that jumps there. */
const isEngineRule = (rule: string): boolean => {
  const target = / -j (\S+)$/.exec(rule)?.[1] ?? "";
  return ENGINE_CHAIN.test(readChain(rule)) || ENGINE_CHAIN.test(target);
};

const readChain = (rule: string): string => rule.split(" ")[1] ?? "";

function parseSave(text: string): Table[] {
  const tables: { name: string; chains: Set<string>; rules: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) tables.push({ name: line.slice(1), chains: new Set(), rules: [] });
    else if (line.startsWith(":")) tables.at(-1)?.chains.add(line.slice(1).split(" ")[0] ?? "");
    else if (line.startsWith("-A ")) tables.at(-1)?.rules.push(line);
  }
  return tables;
}
