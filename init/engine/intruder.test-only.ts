import "@aws-sdk/client-s3";
import "../world/openObjects.ts";
