def there: if . == null or . == "" then empty else . end;
def seconds: if type == "string" then (sub("\\.\\d+"; "") | fromdateiso8601) else empty end;
def enrichments(list): [list[] | select(.value != null and .value != "")] | if length > 0 then . else empty end;
. as $in | .machine as $m | (.managedDevice // {}) as $d
| ([$m.firstSeen | seconds][0]) as $first | ([$m.lastSeen | seconds][0]) as $last
| ([$m.osPlatform | there | tostring][0]) as $platform | ($platform // "" | ascii_downcase) as $lower
| (if $platform == null then {t: "unknown", i: 0} elif ($lower | contains("windows")) then {t: "windows", i: 100}
   elif ($lower | contains("linux")) then {t: "linux", i: 200} elif ($lower | contains("macos")) then {t: "macos", i: 300}
   elif ($lower | contains("android")) then {t: "android", i: 201} elif ($lower | contains("ipados")) then {t: "ipados", i: 302}
   elif ($lower | contains("ios")) then {t: "ios", i: 301}
   elif ($lower | test("ubuntu|debian|centos|redhat|fedora|suse|sles|oracle|alma|rocky|amazon")) then {t: "linux", i: 200}
   else {t: "other", i: 99} end) as $os
| (if ($lower | contains("server")) then {t: "Server", i: 1} elif ($os.i | . == 201 or . == 301 or . == 302) then {t: "Mobile", i: 5}
   else {t: "Desktop", i: 2} end) as $kind
| ([$m.riskScore | there | tostring | ascii_downcase][0]) as $score
| (if $score == null then {} else ({informational: {l: "Info", i: 0}, low: {l: "Low", i: 1}, medium: {l: "Medium", i: 2},
   high: {l: "High", i: 3}, critical: {l: "Critical", i: 4}}[$score] // {l: "Other", i: 99}) end) as $risk
| def drop: with_entries(select(.value != null));
{activity_id: 2, activity_name: "Collect", category_name: "Discovery", category_uid: 5, class_name: "Device Inventory Info",
 class_uid: 5001, type_name: "Device Inventory Info: Collect", type_uid: 500102, severity: "Informational", severity_id: 1,
 time: ($last // $first // (now | floor)),
 metadata: {product: {name: "Microsoft Defender for Endpoint", version: "1.0"}, version: "1.5.0"},
 device: ({type_id: $kind.i, type: $kind.t, uid: [$m.id | there][0], hostname: [$m.computerDnsName | there][0],
  ip: [$m.lastIpAddress | there][0],
  os: ({name: ([$d.osVersion | there][0] // (if $platform == null then null
         elif ($m.osBuild | . == null or . == "") then $platform else "\($platform) (Build \($m.osBuild))" end)),
       type: $os.t, type_id: $os.i} | drop),
  model: [$d.model | there][0], vendor_name: [$d.manufacturer | there][0], first_seen_time: $first, last_seen_time: $last,
  risk_level: $risk.l, risk_level_id: $risk.i,
  network_interfaces: ([{mac: $d.ethernetMacAddress, name: "ethernet"}, {mac: $d.wiFiMacAddress, name: "wifi"}
    | select(.mac != null and .mac != "")] | if length > 0 then . else null end),
  is_compliant: (if $d.complianceState | . == null or . == "" then null else $d.complianceState == "compliant" end),
  is_managed: ($in.managedDevice | . != null and . != ""),
  is_personal: (if $d.managedDeviceOwnerType | . == null or . == "" then null else $d.managedDeviceOwnerType == "personal" end),
  is_supervised: [$d.isSupervised | there][0]} | drop)}
+ {enrichments: enrichments([{name: "azure_ad_device_id", value: $m.aadDeviceId}, {name: "health_status", value: $m.healthStatus},
  {name: "exposure_level", value: $m.exposureLevel}, {name: "rbac_group_name", value: $m.rbacGroupName},
  {name: "user_principal_name", value: $d.userPrincipalName}, {name: "management_agent", value: $d.managementAgent}])}
