import type { ChildProcess } from 'node:child_process'
import type { LocalSlack } from '../../src/demo/slack/start.ts'

/** Buttons that decide about a plan. */
const approve = 'doctor.approve'

/**
 * How long it takes from the press of Approve until the API server gets the write, in ms, once for each of `count` workloads:
 * everything that is asked again before a write lies in between. `cluster` says on its output when a write came.
 */
export const approvalsToWrites = async (
  slack: LocalSlack,
  cluster: ChildProcess,
  channel: string,
  count: number,
): Promise<readonly number[]> => {
  const came: ((at: number) => void)[] = []
  let rest = ''
  cluster.stdout?.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const at = /^write (\d+)/.exec(line)?.[1]
      if (at !== undefined) came.shift()?.(Number(at))
    }
  })
  const times: number[] = []
  for (let index = 0; index < count; index += 1) {
    // A workload of each namespace, so that no budget of a namespace is used up.
    const [app, namespace] = [`app-${index}`, `team-${index % 20}`]
    const before = slack.messages(channel).length
    await slack.as('U0CARA').command(`/doctor scale ${namespace}/${app} 4`, channel)
    const card = await slack.waitFor(
      (message) =>
        slack.messages(channel).indexOf(message) >= before && JSON.stringify(message.blocks ?? []).includes(approve),
      30_000,
    )
    const written = new Promise<number>((resolve, reject) => {
      came.push(resolve)
      setTimeout(() => reject(new Error('no write came within 30 s of the approval')), 30_000).unref()
    })
    const pressed = Date.now()
    await slack.as('U0ANA').press(card.ts, channel, approve)
    times.push((await written) - pressed)
  }
  return times
}
