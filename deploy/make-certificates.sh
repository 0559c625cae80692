#!/bin/sh
# Make a certificate authority and the broker's certificate, unless they are there.
set -eu
cd /certificates
[ -e broker.crt ] && exit 0
openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=SecondRead deployment" \
  -keyout ca.key -out ca.crt
openssl req -newkey rsa:3072 -nodes -subj "/CN=broker" -keyout broker.key -out broker.csr
printf 'subjectAltName=DNS:broker\n' >broker.ext
openssl x509 -req -in broker.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 \
  -extfile broker.ext -out broker.crt
chmod 600 ca.key
chmod 644 broker.key ca.crt broker.crt # read by the broker's own account, from this volume only
rm broker.csr broker.ext
