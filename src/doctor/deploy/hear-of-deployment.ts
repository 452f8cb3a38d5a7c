import type { DeploymentNews } from '../../domain/deployment-news.ts'
import type { Doctor } from '../doctor.ts'

/** Takes in news of a deployment. True where it succeeded and what it brought is watched for; then that is stored in the queue. */
export type HearOfDeployment = (news: DeploymentNews) => Promise<boolean>

/** What the news says is only where to look: which workload carries the commit, and whether it is well, the cluster says. */
export const hearOfDeployment =
  (doctor: Pick<Doctor, 'jobs' | 'config'>): HearOfDeployment =>
  async ({ state, repository, deployment, sha, environment }) => {
    if (state !== 'success' || doctor.config.afterDeploySeconds === 0) return false
    const news = { repository, deployment, sha, environment }
    await doctor.jobs.add({ v: 1, kind: 'rollouts', news }, { key: `rollouts-${repository}-${deployment}` })
    return true
  }
