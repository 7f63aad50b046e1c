// Reads this pod's deployment of the settings, and the last one in the database (docs/research/otobo.md#exit-codes).
import * as z from "zod";
import { PRELUDE } from "./prelude.ts";

const id = z.coerce.string();

export const settingsAnswer = z.object({
  /** "" if ZZZAAuto.pm is missing */
  current: id,
  /** "" if nothing was ever deployed */
  last: id,
  secureMode: z.boolean(),
  nodeId: id,
});

export const SETTINGS = `${PRELUDE}
# not by OTOBO's own DeploymentGetLast, which may answer out of the cache
my ($Last) = rows('SELECT MAX(id) FROM sysconfig_deployment WHERE user_id IS NULL');
answer( {
    current    => $Config->Get('CurrentDeploymentID') // '',
    last       => $Last->[0] // '',
    secureMode => $Config->Get('SecureMode') ? JSON::PP::true : JSON::PP::false,
    nodeId     => $Config->Get('NodeID') // '',
} );
`;
