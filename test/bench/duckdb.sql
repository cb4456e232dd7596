COPY (
  WITH record AS (
    SELECT machine AS m, managedDevice AS d, managedDevice IS NOT NULL AS is_managed,
      CAST(epoch(TRY_CAST(machine.firstSeen AS TIMESTAMP)) // 1 AS BIGINT) AS first_seen,
      CAST(epoch(TRY_CAST(machine.lastSeen AS TIMESTAMP)) // 1 AS BIGINT) AS last_seen,
      nullif(machine.osPlatform, '') AS platform, lower(nullif(machine.osPlatform, '')) AS lowered,
      lower(nullif(machine.riskScore, '')) AS risk
    FROM read_json(getvariable('input'), format = 'newline_delimited', columns = {
      machine: 'STRUCT(id VARCHAR, computerDnsName VARCHAR, firstSeen VARCHAR, lastSeen VARCHAR, osPlatform VARCHAR, osBuild VARCHAR, lastIpAddress VARCHAR, healthStatus VARCHAR, rbacGroupName VARCHAR, riskScore VARCHAR, exposureLevel VARCHAR, aadDeviceId VARCHAR)',
      managedDevice: 'STRUCT(managedDeviceOwnerType VARCHAR, osVersion VARCHAR, complianceState VARCHAR, managementAgent VARCHAR, model VARCHAR, manufacturer VARCHAR, ethernetMacAddress VARCHAR, wiFiMacAddress VARCHAR, isSupervised BOOLEAN, userPrincipalName VARCHAR)'
    })
  ), named AS (
    SELECT *,
      CASE WHEN contains(lowered, 'windows') THEN {type: 'windows', id: 100}
        WHEN contains(lowered, 'linux') THEN {type: 'linux', id: 200}
        WHEN contains(lowered, 'macos') THEN {type: 'macos', id: 300}
        WHEN contains(lowered, 'android') THEN {type: 'android', id: 201}
        WHEN contains(lowered, 'ipados') THEN {type: 'ipados', id: 302}
        WHEN contains(lowered, 'ios') THEN {type: 'ios', id: 301}
        WHEN regexp_matches(lowered, 'ubuntu|debian|centos|redhat|fedora|suse|sles|oracle|alma|rocky|amazon') THEN {type: 'linux', id: 200}
        WHEN platform IS NOT NULL THEN {type: 'other', id: 99}
        ELSE {type: 'unknown', id: 0} END AS os
    FROM record
  )
  SELECT 2 AS activity_id, 'Collect' AS activity_name, 'Discovery' AS category_name, 5 AS category_uid,
    'Device Inventory Info' AS class_name, 5001 AS class_uid, 'Device Inventory Info: Collect' AS type_name,
    500102 AS type_uid, 'Informational' AS severity, 1 AS severity_id,
    coalesce(last_seen, first_seen, CAST(getvariable('now') AS BIGINT)) AS time,
    {product: {name: 'Microsoft Defender for Endpoint', version: '1.0'}, version: '1.5.0'} AS metadata,
    {
      type_id: CASE WHEN contains(lowered, 'server') THEN 1 WHEN os.id IN (201, 301, 302) THEN 5 ELSE 2 END,
      type: CASE WHEN contains(lowered, 'server') THEN 'Server' WHEN os.id IN (201, 301, 302) THEN 'Mobile' ELSE 'Desktop' END,
      uid: nullif(m.id, ''), hostname: nullif(m.computerDnsName, ''), ip: nullif(m.lastIpAddress, ''),
      os: {
        name: coalesce(nullif(d.osVersion, ''), platform || coalesce(' (Build ' || nullif(m.osBuild, '') || ')', '')),
        type: os.type, type_id: os.id
      },
      model: nullif(d.model, ''), vendor_name: nullif(d.manufacturer, ''),
      first_seen_time: first_seen, last_seen_time: last_seen,
      risk_level: CASE risk WHEN 'informational' THEN 'Info' WHEN 'low' THEN 'Low' WHEN 'medium' THEN 'Medium'
        WHEN 'high' THEN 'High' WHEN 'critical' THEN 'Critical' ELSE if(risk IS NULL, NULL, 'Other') END,
      risk_level_id: CASE risk WHEN 'informational' THEN 0 WHEN 'low' THEN 1 WHEN 'medium' THEN 2
        WHEN 'high' THEN 3 WHEN 'critical' THEN 4 ELSE if(risk IS NULL, NULL, 99) END,
      network_interfaces: list_filter(
        [{mac: d.ethernetMacAddress, name: 'ethernet'}, {mac: d.wiFiMacAddress, name: 'wifi'}], lambda each: each.mac != ''),
      is_compliant: nullif(d.complianceState, '') = 'compliant', is_managed: is_managed,
      is_personal: nullif(d.managedDeviceOwnerType, '') = 'personal', is_supervised: d.isSupervised
    } AS device,
    list_filter([
      {name: 'azure_ad_device_id', value: m.aadDeviceId}, {name: 'health_status', value: m.healthStatus},
      {name: 'exposure_level', value: m.exposureLevel}, {name: 'rbac_group_name', value: m.rbacGroupName},
      {name: 'user_principal_name', value: d.userPrincipalName}, {name: 'management_agent', value: d.managementAgent}
    ], lambda each: each.value != '') AS enrichments
  FROM named
) TO 'OUTPUT' (FORMAT json);
