-- id: files/keystore
-- purpose: Where the encryption keys lie and whether they are open
-- state: mounted
-- versions: 11.2..
-- columns: WRL_TYPE, WRL_PARAMETER, STATUS
-- privileges: SELECT on V_$ENCRYPTION_WALLET
SELECT
    wrl_type,
    wrl_parameter,
    status
FROM v$encryption_wallet v
