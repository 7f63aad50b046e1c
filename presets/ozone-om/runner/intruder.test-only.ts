import "../../../init/world/files.ts";
import "../webhook/env.ts";
