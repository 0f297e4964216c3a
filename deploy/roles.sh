#!/usr/bin/env bash
# Two roles for one database: candor_owner makes the tables (setup), candor_app reads and writes rows (web, worker, beat).
# candor_app cannot alter a table, lift a trigger or truncate: what is append-only is so for the running platform, too.
set -euo pipefail
owner=$(cat "${SECRETS:-/run/secrets}/db_owner_password")
app=$(cat "${SECRETS:-/run/secrets}/db_app_password")
database=${CANDOR_DATABASE:-candor}
psql -v ON_ERROR_STOP=1 -v owner="$owner" -v app="$app" -v db="$database" \
  -v o="${database}_owner" -v a="${database}_app" --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE :"o" LOGIN PASSWORD :'owner';
CREATE ROLE :"a" LOGIN PASSWORD :'app';
CREATE DATABASE :"db" OWNER :"o" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE :"db" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"db" TO :"a";
\connect :"db"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO :"o";
GRANT USAGE ON SCHEMA public TO :"a";
ALTER DEFAULT PRIVILEGES FOR ROLE :"o" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"a";
ALTER DEFAULT PRIVILEGES FOR ROLE :"o" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"a";
SQL
