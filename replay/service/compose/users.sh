#!/bin/sh
# Run once, when the database's volume is new: the owner of the log, the service's user, and the database.
# The names belong together: the user that only reads and adds is called after the database, DATABASE_service.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set owner="$OWNER_PASSWORD" --set service="$SERVICE_PASSWORD" <<'SQL'
CREATE ROLE heart LOGIN PASSWORD :'owner';
CREATE ROLE heart_service LOGIN PASSWORD :'service';
CREATE DATABASE heart OWNER heart ENCODING 'UTF8' TEMPLATE template0;
SQL
