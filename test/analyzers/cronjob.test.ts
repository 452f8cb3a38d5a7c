import { analyzer } from '../../src/analyzers/cronjob.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'jobs')
