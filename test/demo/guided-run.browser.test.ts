import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faults } from '../../src/demo/cluster/faults/index.ts'
import type { LocalMessage } from '../../src/demo/slack/model.ts'
import type { Demo } from '../../src/demo/start-demo.ts'
import { openBrowser, openThread, startQuickDemo, type Visitor, visit } from './page.ts'

/** What the doctor must say of each fault: the words of the cause, and what it offers. */
type Expected = {
  readonly cause: RegExp
  readonly code: string
  readonly object: string
  /** `write`: a plan that mends it. `pull-request`: the same in Git. `contain`: a plan that keeps it from getting worse. */
  readonly offers: 'write' | 'pull-request' | 'contain' | 'words'
}

const expected: Readonly<Record<string, Expected>> = {
  'bad-image-tag': {
    cause: /checkout:2\.8\.l does not exist in the registry .*did you mean 2\.8\.0\?/,
    code: 'image-not-found',
    object: 'Deployment/checkout',
    offers: 'write',
  },
  'missing-secret': {
    cause: /Secret ledger-signing-key does not exist in namespace payments/,
    code: 'missing-secret',
    object: 'Secret/ledger-signing-key',
    offers: 'write',
  },
  oom: {
    cause: /container catalog is OOMKilled .*its memory limit is 192Mi/,
    code: 'oom-killed',
    object: 'Deployment/catalog',
    offers: 'write',
  },
  'crash-after-config-change': {
    cause: /container cart crashes .*REDIS_POOL_SIZE.*"twenty"/,
    code: 'app-config-invalid|app-crash',
    object: 'Deployment/cart|ConfigMap/cart-config-b7c25d',
    offers: 'write',
  },
  'probe-wrong-port': {
    cause: /storefront .*probe .*port 8081.* nothing listens/,
    code: 'liveness-probe-failing|readiness-probe-failing',
    object: 'Deployment/storefront',
    offers: 'write',
  },
  'liveness-wrong-path': {
    cause: /search .*probe \(GET \/health on port 8080\).*path \/health does not exist/,
    code: 'liveness-probe-failing|readiness-probe-failing',
    object: 'Deployment/search',
    offers: 'write',
  },
  'selector-typo': {
    cause: /Service search selects no pod: selector wants app\.kubernetes\.io\/name=serach/,
    code: 'service-selector-mismatch',
    object: 'Service/search',
    offers: 'write',
  },
  'quota-full': {
    cause: /risk-scorer cannot create pods: exceeded quota payments/,
    code: 'quota-exceeded',
    object: 'ResourceQuota/payments',
    offers: 'words',
  },
  'no-room-on-nodes': {
    cause: /recommendations: 1 pod cannot be scheduled: .*each needs 6 cpu/,
    code: 'unschedulable-resources|insufficient-resources|insufficient-cpu',
    object: 'Deployment/recommendations',
    offers: 'write',
  },
  'node-down': {
    cause: /Node worker-3 is NotReady/,
    code: 'node-not-ready',
    object: 'Node/worker-3',
    offers: 'contain',
  },
  'pvc-pending': {
    cause: /StorageClass fast-ssd does not exist/,
    code: 'storage-class-missing',
    object: 'PersistentVolumeClaim/report-archive',
    offers: 'words',
  },
  'dns-down': {
    cause: /Cluster DNS is down, .*coredns is scaled to 0/,
    code: 'cluster-dns-down',
    object: 'Deployment/coredns',
    offers: 'words',
  },
  'dns-misconfigured': {
    cause: /cannot read its Corefile: .*Unknown directive 'forwrad'/,
    code: 'cluster-dns-misconfigured',
    object: 'ConfigMap/coredns',
    offers: 'words',
  },
  'certificate-expired': {
    cause: /gateway ends .*certificate that it uses has expired .*held by Secret gateway-tls/,
    code: 'certificate-expired',
    object: 'Secret/gateway-tls',
    offers: 'words',
  },
  'network-policy-deny': {
    cause: /NetworkPolicy default-deny-egress blocks egress/,
    code: 'network-policy-blocking',
    object: 'NetworkPolicy/default-deny-egress',
    offers: 'words',
  },
  'missing-configmap-key': {
    cause: /ConfigMap notifications-config .*has no key SMTP_SERVER/,
    code: 'missing-configmap-key|missing-config-key|missing-key',
    object: 'ConfigMap/notifications-config',
    offers: 'pull-request',
  },
  'git-bad-image': {
    cause: /image-resizer:2\.2\.0 does not exist in the registry/,
    code: 'image-not-found',
    object: 'Deployment/image-resizer',
    offers: 'pull-request',
  },
}

let browser: Browser
let demo: Demo
let visitor: Visitor

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())
beforeEach(async () => {
  demo = await startQuickDemo()
  visitor = await visit(browser, demo)
})
afterEach(async () => {
  const complaints = [...visitor.complaints]
  await visitor.leave()
  await demo.stop()
  expect(complaints).toEqual([])
})

const thread = () => visitor.page.locator('#thread')
const said = (text: string | RegExp) => thread().locator('.message').filter({ hasText: text })
const messages = (): readonly LocalMessage[] => demo.slack.messages('C0ONCALL')
const parent = (): LocalMessage | undefined =>
  messages().find((message) => message.user === 'U0DOC' && message.thread_ts === undefined) ??
  messages().find((message) => message.user === 'U0DOC' && message.thread_ts === message.ts)

/** The first cause of the one incident, as the app keeps it. */
const rootCause = async (): Promise<string> => {
  type Stored = {
    diagnosis?: { rootCauses: readonly { code: string; object: { kind: string; name: string } }[] }
  }
  const [stored] = await demo.app.doctor.store.list<Stored>('incident', 5)
  const root = stored?.value.diagnosis?.rootCauses[0]
  return `${root?.code} ${root?.object.kind}/${root?.object.name}`
}

const watched = () => demo.monitoring.watched().size
const until = (holds: () => boolean, ms = 30_000) => expect.poll(holds, { timeout: ms, interval: 100 }).toBe(true)

describe('the guided run', () => {
  it('is played in the page: break, read, refused as Ben, approved as Ana, verified, undo', async () => {
    const { page } = visitor
    await page.getByRole('button', { name: 'Deploy the typo' }).click()
    await page.locator('#messages').getByText('payments/checkout').first().waitFor({ timeout: 10_000 })
    await openThread(visitor)
    await said(/^.*Cause: /)
      .first()
      .waitFor({ timeout: 10_000 })
    await visitor.become('Ben Okafor')
    await thread().locator('[data-action="doctor.approve"]').click()
    await said('You are not among those who may approve').waitFor()
    await visitor.shoot('1-refused')
    await visitor.become('Ana Ruiz')
    expect(await said('You are not among those who may approve').count()).toBe(0)
    await thread().getByRole('button', { name: 'Evidence' }).first().click()
    await page.locator('#modal').getByText('Evidence').first().waitFor()
    await visitor.shoot('2-evidence')
    await page.locator('#modal').getByRole('button', { name: 'Close' }).last().click()
    await thread().locator('[data-action="doctor.approve"]').click()
    await thread().locator('[data-action="doctor.undo"]').waitFor({ timeout: 30_000 })
    await said('done and verified').first().waitFor()
    await page.locator('#messages').getByText('Resolved').waitFor({ timeout: 10_000 })
    await visitor.shoot('3-verified')
    await expect.poll(() => page.locator('.tour .done').count(), { timeout: 5_000 }).toBe(5)
    await thread().locator('[data-action="doctor.undo"]').click()
    await thread().locator('[data-action="doctor.approve"]').waitFor({ timeout: 10_000 })
    await expect.poll(() => page.locator('.tour .done').count(), { timeout: 5_000 }).toBe(6)
  })

  it('reads on a phone and in the dark', async () => {
    await demo.board.set('bad-image-tag', true)
    await demo.slack.waitFor((message) => JSON.stringify(message.blocks).includes('doctor.approve'), 15_000)
    for (const [name, options] of [
      ['phone', { size: { width: 390, height: 844 } }],
      ['dark', { dark: true }],
    ] as const) {
      const other = await visit(browser, demo, options)
      await openThread(other)
      await other.page.locator('#thread .message').filter({ hasText: 'Cause: ' }).first().scrollIntoViewIfNeeded()
      expect(
        await other.page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      ).toBe(true)
      await other.shoot(name)
      expect(other.complaints).toEqual([])
      await other.leave()
    }
  })
})

describe('every fault', () => {
  it('is expected', () => {
    expect(Object.keys(expected).sort()).toEqual(faults.map((fault) => fault.id).sort())
  })

  it.each(faults)('$id: $title', async (fault) => {
    const wanted = expected[fault.id] as Expected
    await visitor.fault(fault.title, 'Inject')
    await until(() => parent() !== undefined)
    await openThread(visitor)
    await said(/Cause: /)
      .first()
      .waitFor({ timeout: 15_000 })
    expect(
      await said(/Cause: /)
        .first()
        .innerText(),
    ).toMatch(wanted.cause)
    expect(await rootCause()).toMatch(new RegExp(`^(?:${wanted.code}) (?:${wanted.object})$`))
    if (wanted.offers === 'words') {
      await said('What to do').first().waitFor()
      expect(await thread().locator('[data-action="doctor.approve"]').count()).toBe(0)
      await visitor.shoot(`fault-${fault.id}`)
      await visitor.fault(fault.title, 'Heal')
    } else {
      const approve = thread().locator('[data-action="doctor.approve"]')
      await approve.waitFor({ timeout: 15_000 })
      await visitor.shoot(`fault-${fault.id}`)
      await approve.click()
      if (wanted.offers === 'pull-request') await (fault.id === 'git-bad-image' ? mergeOnItsPage() : mergeIt())
      else await thread().locator('[data-action="doctor.undo"]').waitFor({ timeout: 45_000 })
      if (wanted.offers === 'contain') {
        // The node is still down: what keeps new pods away from it resolves nothing.
        await said('The same cause as at').waitFor({ timeout: 15_000 })
        await until(() => parent()?.text.startsWith('needs a person') === true)
        await visitor.fault(fault.title, 'Heal')
      }
    }
    await until(() => watched() === 0)
    await until(() => parent()?.text.startsWith('resolved') === true)
    await visitor.shoot(`fault-${fault.id}-end`)
  })
})

/** As a reviewer who follows the link from the thread: reads the page of the pull request and presses its button. */
const mergeOnItsPage = async (): Promise<void> => {
  const link = thread().getByRole('link', { name: 'pull request #1' }).first()
  await link.waitFor({ timeout: 30_000 })
  const page = await visitor.page.context().newPage()
  await page.goto((await link.getAttribute('href')) ?? '')
  await page.getByText('Files changed').waitFor()
  await page.getByRole('button', { name: 'Merge pull request' }).click()
  await page.locator('b.merged').waitFor({ timeout: 10_000 })
  await page.close()
  await said('merged, delivered and verified').first().waitFor({ timeout: 60_000 })
}

const mergeIt = async (): Promise<void> => {
  await until(() => demo.git.pullRequests().some((pull) => pull.state === 'open'))
  await visitor.tab('Systems')
  await visitor.page.locator('.pull.open').getByRole('button', { name: 'Merge' }).click()
  await visitor.page.locator('.pull.merged').waitFor({ timeout: 10_000 })
  await thread().getByRole('link', { name: 'pull request #1' }).first().waitFor()
  // The thread turns green by itself: merged, delivered by Argo CD, and proved.
  await said('merged, delivered and verified').first().waitFor({ timeout: 60_000 })
}
