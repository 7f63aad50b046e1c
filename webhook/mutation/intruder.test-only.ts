import "node:fs";
import "../server/log.ts";
import "../../presets/otobo/codes.ts";
