import { source as alertmanager } from './alertmanager.ts'
import { source as argocd } from './argocd.ts'
import { source as github } from './github.ts'
import { source as grafana } from './grafana.ts'
import { source as pagerduty } from './pagerduty.ts'
import type { Source } from './source.ts'

/** Every source that speaks by webhook, at `/webhooks/<id>`. */
export const sources: readonly Source[] = [pagerduty, alertmanager, grafana, argocd, github]
