"""The receiving half of the Quitus protocol, version 1, written from docs/protocol.md alone.

Reading order, which is also the order of dependence:

    failure  text  times  blake3          vocabulary
    keys                                  fingerprints and SSHSIG
    link                                  origins and links
    split                                 what follows from L and S
    parts                                 the plan of the parts
    sealed                                age v1 headers and payloads
    paths  archive                        names, and the bytes of a tar
    document                              the signed manifest and terms
    relay                                 HTTP
    disk                                  files and folders, nothing early

and a verifier of evidence, written from docs/evidence.md alone:

    statement                             layout, fields and types
    tlog                                  notes, checkpoints, cosignatures, proofs
    dossier                               trust, and the table of reasons
"""
