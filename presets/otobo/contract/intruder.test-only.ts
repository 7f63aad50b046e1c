import "../profile/schema.ts";
