#!/bin/bash
# A STAND-IN for Ozone's envtoconf.py (facts/ozone.md 4): what the environment says replaces ozone-site.xml; values are
# not escaped, quotes around them are taken off, an empty one sets nothing.
set -e
site=$OZONE_CONF_DIR/ozone-site.xml
prefix=OZONE-SITE.XML_
properties() {
  local entry name value
  # names with dots are no variables of a shell: they are read where every program gets them
  while IFS= read -r -d '' entry; do
    [[ $entry == "$prefix"*=* ]] || continue
    name=${entry%%=*}
    value=${entry#*=}
    value=${value#\"}
    value=${value%\"}
    [ -z "$value" ] || printf '<property><name>%s</name><value>%s</value></property>\n' "${name#"$prefix"}" "$value"
  done < <(env -0)
}
found=$(properties)
[ -n "$found" ] || exit 0
printf '<configuration>\n%s\n</configuration>\n' "$found" > "$site.raw"
mv "$site.raw" "$site"
