import { analyzer } from '../../src/analyzers/job-failed.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'jobs')
