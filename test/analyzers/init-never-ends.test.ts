import { analyzer } from '../../src/analyzers/init-never-ends.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'endless-inits')
