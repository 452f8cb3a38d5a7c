import { analyzer } from '../../src/analyzers/job-never-completes.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'jobs')
