import "../../ozone-om/codes.ts";
import "../runner/steps.ts";
import "node:fs";
