-- id: session/kill
-- purpose: Ends a session of ours whose client was lost
-- state: mounted
-- versions: 11.2..
-- literals: sid number, serial number
-- privileges: ALTER SYSTEM
ALTER SYSTEM KILL SESSION '{{ sid | number }},{{ serial | number }}' IMMEDIATE
