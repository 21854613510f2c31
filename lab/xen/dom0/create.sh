# create.sh DOMAIN: the domain that standard input describes.
cat > "/run/$1.cfg"
xl -q create "/run/$1.cfg" </dev/null
