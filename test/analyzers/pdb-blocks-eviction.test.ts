import { analyzer } from '../../src/analyzers/pdb-blocks-eviction.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'disruption')
