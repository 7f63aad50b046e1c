// The unattended first installation: what a profile sets, and how the webhook passes it to the runner.

/** OTOBO's settings of a new installation. The password of root@localhost is a file (places.ts), not one of them. */
export interface InstallSettings {
  fqdn: string;
  httpType: "http" | "https";
  systemID: number;
  /** null: OTOBO's default, support@ and the FQDN */
  adminEmail: string | null;
}

/** The option of commands that may find a database before it is installed. */
export const MAY_INSTALL = "--may-install";

export function buildInstallWords({ fqdn, httpType, systemID, adminEmail }: InstallSettings): string[] {
  return [
    ...["--fqdn", fqdn, "--http-type", httpType, "--system-id", String(systemID)],
    ...(adminEmail === null ? [] : ["--admin-email", adminEmail]),
  ];
}
