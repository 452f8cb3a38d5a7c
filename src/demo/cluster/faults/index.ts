import { fault as badImageTag } from './bad-image-tag.ts'
import { fault as certificateExpired } from './certificate-expired.ts'
import { fault as crashAfterConfigChange } from './crash-after-config-change.ts'
import { fault as dnsDown } from './dns-down.ts'
import { fault as dnsMisconfigured } from './dns-misconfigured.ts'
import type { Fault } from './fault.ts'
import { fault as gitBadImage } from './git-bad-image.ts'
import { fault as livenessWrongPath } from './liveness-wrong-path.ts'
import { fault as missingConfigMapKey } from './missing-configmap-key.ts'
import { fault as missingSecret } from './missing-secret.ts'
import { fault as networkPolicyDeny } from './network-policy-deny.ts'
import { fault as noRoomOnNodes } from './no-room-on-nodes.ts'
import { fault as nodeDown } from './node-down.ts'
import { fault as oom } from './oom.ts'
import { fault as probeWrongPort } from './probe-wrong-port.ts'
import { fault as pvcPending } from './pvc-pending.ts'
import { fault as quotaFull } from './quota-full.ts'
import { fault as selectorTypo } from './selector-typo.ts'

/** Every fault of the demo, the ones to begin with first. */
export const faults: readonly Fault[] = [
  badImageTag,
  missingSecret,
  oom,
  crashAfterConfigChange,
  probeWrongPort,
  livenessWrongPath,
  selectorTypo,
  quotaFull,
  noRoomOnNodes,
  nodeDown,
  pvcPending,
  dnsDown,
  dnsMisconfigured,
  certificateExpired,
  networkPolicyDeny,
  missingConfigMapKey,
  gitBadImage,
]

/** The fault of an id. */
export function faultOf(id: string): Fault | undefined {
  return faults.find((fault) => fault.id === id)
}
