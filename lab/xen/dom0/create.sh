# create.sh DOMAIN: the domain that standard input describes.
cat > "/run/$1.cfg"
xl create -q "/run/$1.cfg" </dev/null
