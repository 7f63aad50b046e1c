// The kinds of workload that profiles have, for the webhook and the CLI. A new kind is a line here and one in runner.ts.
import type { WebhookPreset } from "../webhook/profiles/preset.ts";
import { genericPreset } from "./generic/webhook.ts";
import { otoboPreset } from "./otobo/webhook.ts";
import { ozonePreset } from "./ozone-om/webhook.ts";

export const WEBHOOK_PRESETS: readonly WebhookPreset[] = [genericPreset, otoboPreset, ozonePreset];
