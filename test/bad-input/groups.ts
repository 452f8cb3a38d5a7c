import { clusterGroups } from './cluster.ts'
import { configGroups } from './config.ts'
import { fileGroups } from './files.ts'
import { gitGroups } from './git.ts'
import { modelGroups } from './model.ts'
import { planGroups } from './plans.ts'
import type { Group } from './site.ts'
import { slackGroups } from './slack.ts'
import { storeGroups } from './store.ts'
import { telemetryGroups } from './telemetry.ts'
import { timeGroups } from './time.ts'
import { webhookGroups } from './webhooks.ts'

/** All of them, by number. */
export const allGroups: readonly Group[] = [
  ...slackGroups,
  ...webhookGroups,
  ...clusterGroups,
  ...telemetryGroups,
  ...modelGroups,
  ...fileGroups,
  ...planGroups,
  ...gitGroups,
  ...configGroups,
  ...storeGroups,
  ...timeGroups,
]
