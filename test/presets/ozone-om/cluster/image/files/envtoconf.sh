#!/bin/bash
# A STAND-IN for Ozone's envtoconf.py (docs/research/ozone.md#image-and-entrypoint): the environment replaces
# ozone-site.xml; values are not escaped, surrounding quotes are removed, an empty value sets nothing.
set -e
site=$OZONE_CONF_DIR/ozone-site.xml
prefix=OZONE-SITE.XML_
properties() {
  local entry name value
  # a shell cannot read variables with dots in their names, so the process environment is read
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
