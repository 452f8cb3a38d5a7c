import { loadActions } from '../actions/load.ts'
import { type Config, loadConfig } from '../config.ts'
import { loadPolicy } from '../policy/load-policy.ts'
import type { Io } from './io.ts'

/** `doctor config check`: every mistake of the configuration and of its policy, each with its place. Exits 0, or 78 (EX_CONFIG of sysexits). */
export const runConfigCheck = async (io: Io): Promise<number> => {
  const result = loadConfig()
  if (result.kind === 'valid') {
    const { approvers, policyDir, report, opaUrl } = result.config
    const policy = loadPolicy({
      approvers,
      actions: [...(await loadActions()).keys()],
      timezone: report.timezone,
      ...(policyDir === undefined ? {} : { folder: policyDir }),
    })
    if (policy.kind === 'invalid') {
      io.err(
        configProblems(policy.problems.map(({ place, message }) => ({ place: `DOCTOR_POLICY ${place}:`, message }))),
      )
      return 78
    }
    const { slack, kube, pagerduty, github, alertmanagerToken, model } = result.config
    const on = (name: string, there: boolean) => `${name}: ${there ? 'configured' : 'not configured'}`
    const lines = [
      'The configuration is valid.',
      on('Slack', slack !== undefined) +
        (slack === undefined ? '' : ` (${slack.mode === 'http' ? 'HTTP' : 'Socket Mode'})`),
      `Clusters: ${kube.contexts.join(', ') || 'the current context'}`,
      on('PagerDuty webhook', pagerduty.webhookSecret !== undefined),
      on('Alertmanager webhook', alertmanagerToken !== undefined),
      on('GitHub', github !== undefined),
      on('Model', model !== undefined) + (model === undefined ? ' (none is needed)' : ` (${modelName(model)})`),
      `Policy: ${policyDir ?? 'the shipped one'} (${policy.policy.version}), windows in ${report.timezone}`,
      on('OPA', opaUrl !== undefined),
      `Approvers: ${approvers.join(', ') || 'nobody, so no change can be approved'}`,
    ]
    io.out(`${lines.join('\n')}\n`)
    return 0
  }
  io.err(configProblems(result.problems))
  return 78
}

const modelName = (model: NonNullable<Config['model']>): string =>
  model.kind === 'anthropic' ? model.model : `${model.deployment} at Azure OpenAI`

/** The mistakes as lines, one each. */
export const configProblems = (problems: readonly { readonly place: string; readonly message: string }[]): string =>
  `${problems.length} ${problems.length === 1 ? 'setting is' : 'settings are'} wrong:\n${problems.map(({ place, message }) => `  ${place} ${message}`).join('\n')}\n`
