import { analyzer } from '../../src/analyzers/pod-addresses-exhausted.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'addresses')
