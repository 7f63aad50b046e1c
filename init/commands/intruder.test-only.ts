import "../../presets/ozone-om/runner/ready.ts";
