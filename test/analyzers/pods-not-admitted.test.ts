import { analyzer } from '../../src/analyzers/pods-not-admitted.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'not-admitted')
