import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Demo, startDemo } from '../../src/demo/start-demo.ts'
import { silentLog } from '../../src/main/log.ts'
import { hurriedClock } from '../flows/world.ts'

/** A folder for screenshots of what the tests saw; none are taken without it. */
const shots = process.env['SCREENSHOT_DIR']
const args = ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking', '--no-first-run']

/** Chromium as the machine has it. */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args })

/** A demo at the pace of tests: a cluster ten times as fast, a chat without waiting, and checks that take a tenth of their time. */
export const startQuickDemo = (): Promise<Demo> =>
  startDemo({
    staging: false,
    speed: 12,
    selfHealMs: 500,
    patience: { fireAfterMs: 1_200, resolveAfterMs: 800, everyMs: 100 },
    overrides: {
      log: silentLog,
      clock: hurriedClock(),
      pace: { burst: 20, everyMs: 50, giveUpMs: 5_000, most: 500 },
    },
  })

/** A visitor of the demo's page. `complaints` collects what the browser's console says is wrong. */
export type Visitor = {
  readonly page: Page
  readonly complaints: readonly string[]
  /** Becomes another person by the menu. */
  become(name: string): Promise<void>
  tab(name: 'Tour' | 'Break it' | 'Cluster' | 'Systems'): Promise<void>
  /** The switch of a fault in the panel. */
  fault(title: string, button: 'Inject' | 'Heal'): Promise<void>
  shoot(name: string): Promise<void>
  leave(): Promise<void>
}

export const visit = async (
  browser: Browser,
  demo: Demo,
  options: { readonly dark?: boolean; readonly size?: { readonly width: number; readonly height: number } } = {},
): Promise<Visitor> => {
  const { dark = false, size = { width: 1440, height: 900 } } = options
  const context = await browser.newContext({ viewport: size, colorScheme: dark ? 'dark' : 'light' })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(`${demo.url}/?user=U0ANA#C0ONCALL`)
  await page.waitForSelector('.identity', { state: 'attached' })
  const tab: Visitor['tab'] = (name) => page.locator('#panel').getByRole('tab', { name }).click()
  return {
    page,
    complaints,
    tab,
    become: async (name) => {
      await page.click('.identity')
      await page.locator('.popover').getByText(name).click()
      await page.locator('.identity').getByText(name).waitFor()
    },
    fault: async (title, button) => {
      await tab('Break it')
      await page
        .locator('.fault')
        .filter({ has: page.getByText(title, { exact: true }) })
        .getByRole('button', { name: button })
        .click()
    },
    shoot: async (name) => {
      if (shots === undefined) return
      mkdirSync(shots, { recursive: true })
      await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' })
    },
    leave: () => context.close(),
  }
}

/** Opens the newest thread of the channel by its link under the parent message. */
export const openThread = async ({ page }: Visitor): Promise<void> => {
  await page.locator('#messages .thread-bar').last().click()
  await page.waitForSelector('#thread .message')
}
