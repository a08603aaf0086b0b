
# Le relevé lisible d’un dossier, en français. Mêmes identifiants et mêmes valeurs que dans en.ftl.

## Titres et dates

record-title-destruction = Procès-verbal de restitution et de destruction
record-title-incomplete = Procès-verbal de restitution et de destruction incomplète
record-title-statements = Relevé des attestations
record-about-engagement = Mission{" "}
record-about-transfer = Un transfert hors de toute mission
record-moment = { $date } à { $hour } h { $minute } UTC
record-date = { $day ->
        [1] 1er
       *[other] { $day }
    } { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[other] décembre
    } { $year }
record-foot = Ce document réunit des déclarations signées. Il établit qui a déclaré quoi, sur quelles données, et au plus tard quand. Il n’établit pas, et aucun procédé ne peut établir, qu’aucune copie n’existe.

## Petits morceaux

record-about = { $name }
record-key = la clé { $key }
record-size = { SIZE($bytes) }
record-count = { $n }
record-unstated = non précisé
record-number = nº { $number }
record-not-here = une attestation absente de ce dossier ({ $digest })
record-see = (nº { $numbers })
record-no-transfer = aucun transfert
record-transfers = { $n ->
        [one] transfert { $names }
       *[other] { $n } transferts ({ $names })
    }
record-no-deadline = sans échéance
record-deadline = au plus tard le { $at }
record-link-holder = quiconque avait le lien
record-first-signed = la signature de l’autre partie restait à venir
record-second-signed = en réponse à { $which }

record-role-relay = relais
record-role-client = client
record-role-freelancer = prestataire
record-role-sender = expéditeur
record-role-recipient = destinataire

record-choice-destroy = détruire les données
record-choice-return = restituer les données
record-choice-both = restituer les données, puis détruire ce qu’il en reste
record-decision-keep = accès maintenu
record-decision-cut = accès coupé
record-state-destroyed = détruite
record-state-retained = conservée
record-state-left = restante
record-with-reservations = avec réserves
record-without-reservations = sans réserve

## En bref

record-brief = En bref
record-gathered = { $n ->
        [one] Cette page est tirée d’une attestation signée,
       *[other] Cette page est tirée de { $n } attestations signées par { $parties } parties,
    } datées du { $from } au { $until }.
record-gathered-none = Aucune attestation de ce dossier n’a pu être vérifiée.
record-concerned = { $n ->
        [one] Elles portent sur un transfert de données
       *[other] Elles portent sur { $n } transferts de données
    } : { SIZE($bytes) } et { $files ->
        [one] { $files } fichier
       *[other] { $files } fichiers
    }, pour autant que ce soit précisé.
record-relay-destroyed = { $n ->
        [0] Le relais n’a pas attesté la destruction de ce qu’il détenait.
       *[other] Le relais atteste, pour { $n } sur { $of }, la destruction de sa moitié de la clé et des fichiers chiffrés.
    }
record-relay-left = Le relais atteste, pour { $n } sur { $of }, la destruction de ce qu’il détenait ; pour { $left }, il atteste qu’il reste quelque chose.
record-holder-destroyed = Le { $at }, { $name } ({ $role }) a attesté que toute copie trouvée a été traitée : { $copies ->
        [0] aucune n’a été trouvée
        [one] une copie
       *[other] { $copies } copies
    }, { $retained ->
        [0] rien n’est conservé
        [one] un fichier conservé
       *[other] { $retained } fichiers conservés
    } (nº { $number }).
record-holder-left = Le { $at }, { $name } ({ $role }) a attesté que la destruction est incomplète : il reste quelque chose, ou quelque chose n’a pas pu être examiné (nº { $number }).
record-no-holder = Dans ce dossier, aucun détenteur des données n’a attesté la destruction de copies.
record-acknowledged = { $name } en a pris acte le { $at }, { $reservations }.
record-not-acknowledged = L’accusé du responsable de traitement ne figure pas dans ce dossier.
record-refused = { $n ->
        [one] Une attestation de ce dossier ne se vérifie pas. Rien n’en est repris sur cette page :
       *[other] { $n } attestations de ce dossier ne se vérifient pas. Rien n’en est repris sur cette page :
    }
record-faults = Le dossier dans son ensemble ne se vérifie pas :

## Parties et contrat

record-parties = Parties, contrat, instruction
record-controller = Responsable de traitement
record-processor = Sous-traitant
record-sender = Expéditeur
record-recipient = Destinataire
record-relay = Relais
record-not-named = Aucune attestation de ce dossier n’émane d’une telle partie.
record-silent-sender = Désigné par sa seule clé dans nº { $numbers } ; n’a rien attesté ici :
record-contact = Les attestations ne contiennent pas de coordonnées ; voir le contrat.
record-contract = Contrat et clause
record-no-contract = Les attestations ne citent aucun contrat.
record-contract-where = Les parties citent ces documents par leur empreinte ; les clauses s’y trouvent.
record-amendments = Avenants
record-amendment = Version { $version } des règles : acceptée par { $name } le { $at } (nº { $number }).
record-instruction = Instruction et choix
record-not-instructed = L’instruction du responsable de traitement ne figure pas dans ce dossier. Ce que le relais détruit, il le détruit sur la demande signée de l’expéditeur, que ses attestations citent par son empreinte.
record-instructed = { $name } a donné instruction le { $at } de { $choice }, { $by } : { $transfers } (nº { $number }).

## Données

record-data = Données concernées
record-data-intro = Chaque ligne est un transfert : ce qui a été remis en une fois, chiffré. L’annexe A donne les empreintes.
record-no-data = Les attestations ne citent aucun transfert.
record-is-return = restitué au client
record-incomplete = incomplète
record-column-number = Nº
record-column-at = Date
record-column-who = Qui
record-column-what = Déclare quoi
record-column-label = Niveau
record-column-transfer = Transfert
record-column-size = Taille
record-column-files = Fichiers
record-column-received = Déposé
record-column-destroyed = Détruit par le relais
record-column-sealed = Empreinte des données chiffrées (SHA-256)
record-column-salted = Empreinte salée (SHA-256)
record-column-statements = Dans nº
record-column-where = Où
record-column-method = Méthode
record-column-times = Objets
record-column-last = En dernier le
record-column-place = Lieu
record-column-disk = Disque
record-column-state = État
record-column-looked-at = Ce qui a été examiné
record-column-result = Ce qui s’y trouvait
record-column-question = Question
record-column-answer = Réponse
record-column-file = Fichier
record-column-sha256 = SHA-256
record-column-index = Rang au journal

## Qui déclare quoi

record-sayings = Qui déclare quoi
record-sayings-intro = Dans l’ordre du journal. Chaque ligne est un fichier signé du dossier ; la date est celle que son auteur a donnée. Le niveau dit ce qui parle pour elle, outre son auteur.
record-no-later = Au journal le { $at } au plus tard.
record-is-corrected = Son auteur l’a rectifiée plus tard : voir nº { $numbers }.
record-kind-received = Dépôt
record-kind-delivered = Téléchargement
record-kind-revoked = Transfert arrêté par l’expéditeur
record-kind-expired = Transfert expiré
record-kind-destroyed = Destruction au relais
record-kind-destruction-incomplete = Destruction incomplète
record-kind-deactivated = Membre exclu
record-kind-access-log-exported = Journal d’accès remis
record-kind-returned = Restitution
record-kind-destroyed-by-holder = Destruction par le détenteur
record-kind-instructed = Instruction
record-kind-access-reviewed = Revue des accès
record-kind-checked = Stockage examiné par le client
record-kind-credentials-changed = Mots de passe changés
record-kind-acknowledged = Accusé
record-kind-accepted = Réception
record-kind-engaged = Entrée en mission
record-kind-amended = Avenant
record-kind-frozen = Gel
record-kind-thawed = Fin du gel
record-kind-corrected = Rectification
record-says-received = Détient en entier ce qui a été déposé ({ $about }, { SIZE($bytes) }), pour { $downloads ->
        [one] un téléchargement
       *[other] { $downloads } téléchargements
    } au plus, jusqu’au { $at }.
record-says-delivered = Un téléchargement a été confirmé par { $who } ({ $about }) ; { $consumed ->
        [one] { $consumed } téléchargement
       *[other] { $consumed } téléchargements
    } jusque-là.
record-says-lease-ended = Un téléchargement par { $who } ({ $about }) a été commencé sans être confirmé à temps ; on ne sait pas s’il est allé à son terme. { $consumed ->
        [one] { $consumed } téléchargement
       *[other] { $consumed } téléchargements
    } jusque-là.
record-says-revoked = L’expéditeur a mis fin à la remise ({ $about }) ; dès lors, plus rien ne pouvait être téléchargé.
record-says-expired = Délai écoulé ({ $about }) le { $at }.
record-ending-expired = le délai était écoulé
record-ending-used = il ne restait aucun téléchargement
record-ending-revoked = l’expéditeur y avait mis fin
record-says-destroyed = A détruit sa moitié de la clé et les fichiers chiffrés ({ $about }), car { $why }. { $consumed ->
        [0] Aucun téléchargement
        [one] Un téléchargement
       *[other] { $consumed } téléchargements
    } en tout ; sa moitié de la clé n’avait été donnée { $released ->
        [0] à personne
        [one] qu’une fois
       *[other] que { $released } fois
    }. Selon la déclaration de son exploitant, les sauvegardes ne l’ouvrent à personne après le { $at }.
record-says-left = N’a pas pu tout détruire ({ $about }) ; ce qui a été observé figure plus bas.
record-says-deactivated = A exclu { $who } après { $days } jours sans utilisation ; dernière utilisation le { $at }.
record-says-exported = A remis son journal d’accès, du { $from } au { $until } : { $lines } lignes.
record-says-returned = A renvoyé les livrables et ce qui lui avait été confié : { $transfers }.
record-no-instruction = Sans instruction citée
record-on-instruction = Sur l’instruction { $which }
record-says-by-holder = { $instruction }, a traité toute copie trouvée : { $copies ->
        [0] aucune
        [one] une copie
       *[other] { $copies } copies
    } de { $files ->
        [one] { $files } fichier
       *[other] { $files } fichiers
    } ; { $keys ->
        [0] aucune clé effacée
        [one] une clé effacée
       *[other] { $keys } clés effacées
    } ; { $retained ->
        [0] rien n’est conservé
        [one] un fichier conservé
       *[other] { $retained } fichiers conservés
    }.
record-says-left-by-holder = { $copies ->
        [one] { $copies } copie trouvée
       *[other] { $copies } copies trouvées
    }, dont { $left ->
        [0] aucune ne reste
        [one] une reste
       *[other] { $left } restent
    } ; ou des lieux n’ont pas pu être examinés.
record-says-instructed = { $transfers } : { $choice }, { $by }.
record-says-reviewed = Pour { $month } : { $members ->
        [one] un membre passé
       *[other] { $members } membres passés
    } en revue, accès coupé pour { $cut } ; transferts encore téléchargeables : { $live }, jamais retirés : { $unfetched }.
record-says-checked = A listé { $store } avec ses propres accès : { $versions } versions, { $markers } marqueurs de suppression, { $uploads } envois inachevés.
record-says-changed = Les mots de passe et clés transmis ({ $transfers }) ont été changés.
record-says-acknowledged = A pris acte de { $heads ->
        [one] { $heads } attestation
       *[other] { $heads } attestations
    } et de celles qui précèdent, { $reservations } ; { $missing ->
        [0] rien ne manquait
        [one] une chose manquait
       *[other] { $missing } choses manquaient
    }.
record-says-accepted = A reçu et vérifié { $files ->
        [one] { $files } fichier
       *[other] { $files } fichiers
    } ({ $about }, { SIZE($bytes) }), sous la signature de { $sender }.
record-says-taken-back = A reçu en retour et vérifié { $files ->
        [one] { $files } fichier
       *[other] { $files } fichiers
    } ({ $about }, { SIZE($bytes) }), sous la signature de { $sender }.
record-says-engaged = Entre dans la mission entre { $client } (client) et { $freelancer } (prestataire), { $documents ->
        [0] sans document
        [one] sous un document
       *[other] sous { $documents } documents
    } ; { $other }.
record-says-amended = Accepte la version { $version } des règles ; { $other }.
record-says-frozen = A arrêté tout téléchargement à compter du { $at }.
record-says-frozen-incident = A arrêté tout téléchargement à compter du { $at }, en raison d’un incident.
record-says-thawed = A permis à nouveau les téléchargements à compter du { $at }.
record-says-corrected = Une attestation antérieure du même auteur était erronée : { $which }. En quoi, la partie « Ce qui est déclaré » le dit.

record-labels = Ce que signifient les niveaux
record-label-1 = Signée : le fichier porte la signature de son auteur et n’a pas changé depuis. Pour la date, seule parle la parole de l’auteur.
record-label-2 = Signée et inscrite : de plus, le relais l’a inscrite à son journal des attestations. L’ordre et le moment reposent sur la parole du relais.
record-label-3 = Inscrite et contresignée : de plus, une autre partie à ce dossier a signé cet état du journal. Le relais ne peut plus déplacer ni antidater l’inscription sans contredire la signature de cette partie.
record-label-4 = Contresignée du dehors : de plus, un tiers étranger à ce dossier a signé cet état du journal.
record-label-t = Horodatage par une autorité d’horodatage. Cette version ne juge pas les horodatages.

## Copies

record-copies = Ce qui a été fait de chaque copie
record-no-copies = Aucune attestation de ce dossier ne fait état d’une destruction.
record-copies-relay = Au relais
record-copies-holder = { $name } (nº { $number })
record-no-copy-found = Aucune copie n’a été trouvée.
record-searched = Examiné : { $place }, { $disk } : { $files } fichiers, dont { $unreadable } illisibles.
record-a-place = un lieu non nommé
record-no-method = aucune
record-effects = Ce que font réellement les méthodes
record-method-share-erase = Moitié de la clé écrasée
record-method-store-delete-version = Toutes les versions des objets supprimées
record-method-access-revoke = Accès révoqué
record-method-unlink = Fichiers retirés
record-method-overwrite-and-unlink = Fichiers écrasés puis retirés
record-method-key-erase = Clé de fichiers chiffrés écrasée
record-method-volume-key-erase = Clé d’un disque chiffré détruite
record-method-device-sanitised-externally = Appareil assaini par un tiers
record-method-paper-destroyed = Papier détruit
record-method-third-party-deletion-requested = Suppression demandée à un tiers
record-effect-share-erase = L’une des deux moitiés de la clé a été écrasée sur place et relue comme des zéros ; les copies chiffrées ne s’ouvrent à personne qui n’ait gardé plus que ne garde l’outil.
record-effect-store-delete-version = Chaque version et chaque marqueur de suppression listés ont été supprimés ; l’hébergeur peut garder des répliques jusqu’à ce qu’il les recueille.
record-effect-access-revoke = Le relais n’accepte plus rien de cette clé et ne lui donne plus rien ; ce qu’elle avait reçu auparavant n’est pas touché.
record-effect-unlink = Les noms des fichiers ont été retirés ; le support peut garder leurs octets jusqu’à ce qu’il réutilise la place.
record-effect-overwrite-and-unlink = Les fichiers ont été écrasés sur place, synchronisés et retirés ; sans effet sur les supports à copie sur écriture ou à mémoire flash.
record-effect-key-erase = La clé de fichiers chiffrés a été écrasée sur place et relue comme des zéros ; ces fichiers ne s’ouvrent à personne qui n’ait gardé plus que ne garde l’outil.
record-effect-volume-key-erase = La clé d’un volume chiffré a été détruite par les moyens de son système.
record-effect-device-sanitised-externally = L’appareil a été remis à un tiers qui l’a assaini ; le certificat joint dit comment.
record-effect-paper-destroyed = Du papier a été détruit à la main.
record-effect-third-party-deletion-requested = Un tiers a été prié de supprimer ; personne n’a examiné si cela a été fait.

## Fondements

record-observed = Ce qui a été observé
record-observed-intro = Ce que le programme de l’auteur a vu par lui-même. En petits caractères, les mots qui ont été signés.
record-nothing-observed = Aucune attestation de ce dossier ne rapporte d’observation.
record-result-zeros = des zéros
record-result-none = aucun (0)
record-result-equal = identiques
record-result-confirmed = celui qui l’a pris a dit que tout était arrivé
record-result-lease-ended = son temps était écoulé, et tout avait été demandé
record-result-ended = terminée : tous les accès et tous ses transferts révoqués
record-result-done = fait
record-result-waits = en attente
record-observed-share-slot = L’emplacement de la moitié de clé du relais, écrasé puis relu
record-observed-objects-listed = Fichiers chiffrés encore présents dans le stockage du relais, comptés en le listant
record-observed-object-left = Un fichier chiffré qui reste
record-observed-attempt-failed = Une tentative qui a échoué
record-observed-disk-encryption = Si le disque sous le dossier est chiffré
record-observed-parts-held = Les morceaux des fichiers chiffrés que le relais détenait, chacun comparé à l’empreinte venue avec lui
record-observed-grant-end = Comment le téléchargement a pris fin
record-observed-grants-live = Les téléchargements qui pouvaient encore se poursuivre
record-observed-clock = L’horloge du relais, comparée à la fin du transfert
record-observed-versions-deleted = Les versions de fichiers chiffrés supprimées, chacune par son propre numéro
record-observed-markers-deleted = Les marques de suppression retirées
record-observed-uploads-aborted = Les envois jamais terminés qui ont été abandonnés
record-observed-manifest-verified = Chaque octet des fichiers, comparé à ce que l’expéditeur a signé avant qu’aucun fichier ne reçoive son nom
record-observed-engagement-state = L’état de la mission, tel que le relais l’a donné
record-observed-copies-found = Les copies trouvées là où les fichiers avaient été mis, sous les dossiers fouillés et dans la corbeille
record-observed-copies-looked-again = Les copies trouvées aux mêmes endroits après la destruction
record-observed-search-extent = L’étendue de la recherche
record-observed-unsearched = Un endroit qui n’a pas pu être fouillé
record-observed-keys-slot = Les emplacements des clés, écrasés puis relus
record-observed-keys-kept = Les clés qui restent, parce que ce qu’elles ouvrent est conservé sur une base légale
record-observed-keys-left = Une clé qui n’a pas pu être écrasée
record-observed-lists-shortened = Des listes trop longues pour une attestation, et l’empreinte de ce qu’elles contenaient
record-observed-checklist = Une ligne de la liste de fin de mission, telle que l’outil du responsable l’a vue
record-observed-member-used = Quand le membre avait retiré ou envoyé quelque chose pour la dernière fois, selon l’horloge du relais
record-observed-access-log-lines = Lignes du journal des accès qui a été remis
record-declared = Ce qui est déclaré
record-declared-intro = Ce dont l’auteur répond sans que son programme l’ait vu, mot pour mot tel que cela a été signé.
record-nothing-declared = Aucune attestation de ce dossier ne déclare rien au-delà de ses faits.
record-declares = { $name } ({ $role }), nº { $numbers } :
record-answers = Questions sur d’autres copies
record-uncovered = Ce que ce document ne couvre pas
record-uncovered-intro = De l’aveu même des auteurs, personne n’a examiné ce qui suit. En petits caractères, les mots qui ont été signés.
record-uncovered-copy-on-write = Les anciens contenus que certains systèmes de fichiers gardent quand un fichier est écrasé
record-uncovered-flash = Les anciens contenus que les disques à mémoire flash (SSD) gardent quand ils sont écrasés
record-uncovered-snapshots = Les instantanés de la machine du relais ou de ses disques
record-uncovered-backups = Les sauvegardes antérieures des données du relais : elles contiennent des fichiers chiffrés, et la moitié de la clé sous une autre clé, jusqu’à la destruction de celle-ci
record-uncovered-keys-copies = Les copies du dossier des clés du relais, qui ne doit jamais être sauvegardé
record-uncovered-recipients = Les copies que les destinataires ont faites, et les moitiés de clé qui leur ont été données
record-uncovered-content = Ce que contiennent les fichiers chiffrés : le relais ne peut pas les ouvrir
record-uncovered-link-holder = Qui détenait un lien, lorsque celui qui s’en est servi n’a montré aucune clé
record-uncovered-recipient-disk = Si ce qui a été pris a été ouvert, vérifié ou gardé
record-uncovered-provider-copies = Les répliques et sauvegardes que garde le fournisseur du stockage
record-uncovered-provider-listing = Si la liste que donne le fournisseur du stockage est complète
record-uncovered-unlisted = Les versions, marqueurs de suppression ou envois inachevés, qui n’ont pas tous pu être listés
record-uncovered-other-devices = Les autres appareils du détenteur, et les comptes d’autres personnes sur celui-ci
record-uncovered-other-folders = Les dossiers ni fouillés, ni connus par les réceptions
record-uncovered-other-forms = Le contenu sous une autre forme : converti, compressé, extrait, collé, dans une messagerie ou une base de données
record-uncovered-disk-snapshots = Les instantanés et sauvegardes du disque ou de la machine du détenteur
record-uncovered-former-blocks = Les anciens contenus que garde un système de fichiers ou un disque à mémoire flash
record-uncovered-memory = La mémoire, le fichier d’échange et les images de veille prolongée
record-uncovered-open-files = Les programmes qui avaient ouvert un fichier retiré
record-uncovered-answers = Ce que le détenteur a répondu : personne n’a examiné si c’est exact
record-uncovered-tool = Si le programme du détenteur n’avait pas été modifié
record-uncovered-mounted-below = Les autres disques montés sous les dossiers fouillés
record-uncovered-streamed = Ce qui a été reçu dans un tube, un périphérique ou à l’écran
record-uncovered-elsewhere = Ce que les parties font ailleurs que par ce relais
record-uncovered-who-typed = Qui se trouvait devant la machine qui a la clé : le relais connaît des clés, non des personnes
record-uncovered-always = Les copies dont aucune attestation ne parle : photographies, impressions, appareils et comptes que personne n’a examinés. Nul ne peut observer qu’il n’y en a aucune.

## Fin de la relation

record-closing = Conservation, accès, accusé
record-retained = Données conservées et base légale
record-nothing-retained = Selon l’attestation du détenteur, rien.
record-retained-file = Un fichier de { SIZE($bytes) } ; base : { $basis } (nº { $number })
record-access = Accès révoqués
record-access-line = { $at } : { $what } (nº { $number }).
record-access-revoked = fin des téléchargements, { $transfers }
record-access-deactivated = exclusion de { $who } faute d’utilisation
record-access-frozen = arrêt de tout téléchargement
record-access-frozen-incident = arrêt de tout téléchargement en raison d’un incident
record-access-thawed = téléchargements permis à nouveau
record-access-changed = mots de passe et clés transmis changés, { $transfers }
record-review = Dernière revue des accès
record-reviewed = Par { $name } le { $at }, pour { $month } (nº { $number }) :
record-member = { $who } : { $decision }, { $seen }
record-never-seen = jamais vu
record-last-seen = vu en dernier le { $at }
record-access-log = Journal d’accès
record-exported = Du { $from } au { $until }, { $lines } lignes ; l’attestation en donne l’empreinte (nº { $number }).
record-acknowledgement = Accusé du responsable
record-acknowledges = { $name }, le { $at } : { $heads ->
        [one] { $heads } attestation
       *[other] { $heads } attestations
    } et celles qui précèdent (nº { $number }).
record-missing = Manque, selon le responsable : { $what }
record-reservations = Réserves
record-reserves = { $name } (nº { $number }) :
record-absent = Absents de ce dossier
record-sanitisation = Niveau de sanitisation
record-no-sanitisation = Aucun. Retirer des fichiers ou des objets n’est ni « Clear », ni « Purge », ni « Destroy » au sens de NIST SP 800-88, et aucun certificat de quiconque n’est joint.
record-certificate = Selon le certificat d’un tiers, dont nº { $number } donne l’empreinte SHA-256 :

## Vérification

record-checking = Comment vérifier
record-tool = Programmes auteurs des attestations
record-levels = Niveaux atteints
record-level = { $label } : { $n ->
        [one] une attestation
       *[other] { $n } attestations
    }
record-level-t = T : aucune
record-keys = Clés
record-keys-compare = Les clés contenues dans le dossier sont venues avec lui. Elles ne désignent personne tant que leurs empreintes ci-dessus n’ont pas été retrouvées dans l’annexe du contrat.
record-commands = Commandes
record-command-quitus = Avec Quitus, l’annexe étant enregistrée à côté du dossier :
record-command-stock = Sans Quitus, dans le dossier décompressé, avec OpenSSH et OpenSSL seuls :
record-command-page = Cette page elle-même n’est pas signée. Elle est tirée des attestations, et elles seules comptent.
record-annex-data = Annexe A. Empreintes des données
record-annex-transfers = Transferts
record-annex-transfers-intro = L’empreinte des données chiffrées que le relais détenait, sur toutes leurs parties.
record-annex-files = Fichiers
record-annex-files-intro = Pour comparer un fichier retrouvé avec une ligne : calculer son empreinte BLAKE3 (b3sum), demander à une partie le sel de cette ligne, et calculer SHA-256 sur "quitus/plaintext/v1", un octet nul, le sel et l’empreinte.
record-annex-files-others = { $n ->
    [one] Un autre fichier figure dans l’attestation ci-dessus.
   *[other] { $n } autres fichiers figurent dans les attestations ci-dessus, chacun avec sa taille et son empreinte salée.
}
record-annex-no-files = Aucune attestation ne cite de fichier.
record-annex-statements = Annexe B. Les fichiers signés
record-annex-statements-intro = Dans le dossier « statements », chacun avec sa signature à côté. Les rangs au journal sont comptés à partir de 0.
record-not-logged = non inscrite
record-unknown-fields = Elle a des champs que cette version ne connaît pas : { $fields }

## L’annexe d’un contrat

annex-title = Annexe : clés des parties
annex-what = Les lignes de la forme « client SHA256:… » de cette page disent à qui sont les clés. Une attestation signée d’un dossier ne vaut pour une partie que si elle a été signée avec la clé de cette partie.
annex-client = client : { $name } ; la clé qui signe ses attestations.
annex-freelancer = freelancer (prestataire) : { $name } ; la clé qui signe ses attestations.
annex-relay = relay (relais) : { $relay } ; la clé qui signe les attestations du relais.
annex-log = log : la clé du journal du relais, où les attestations sont inscrites.
annex-witness = witness (témoin) : les clés avec lesquelles les programmes des parties signent ce qu’ils ont vu d’un journal, pour qu’il ne puisse être changé plus tard sans que cela se voie.
annex-before = Avant de signer, chaque partie compare sa propre ligne avec ce que « quitus id » montre sur sa propre machine, et la lit à l’autre ; toutes deux établissent cette page avec « quitus annex » et obtiennent les mêmes lignes.
annex-use = Pour vérifier un dossier, enregistrer ces lignes sous annex.txt, puis : quitus verify DOSSIER.zip --trust annex.txt. Sans Quitus, dans le dossier décompressé : sh verify.sh annex.txt.
annex-change = Qui change de clé en avise l’autre partie sans délai, et toutes deux signent une nouvelle page. Ce qui a été signé avec l’ancienne clé reste sous celle-ci.
annex-signatures = Lieu, date, signatures du client et du prestataire :
annex-needs-card = { $name } n’est connu que par des clés SSH, qui ne disent pas avec quoi son programme signe ce qu’il a vu
annex-needs-card-hint = que { $name } exécute quitus init et quitus id -o FICHIER, puis : quitus contact replace { $name } FICHIER
annex-role = rien ne dit ici si vous êtes le client ou le prestataire
annex-role-hint = dites-le : --as client ou --as freelancer
annex-relay-unpinned = vous n’avez pas rejoint { $relay } : les clés de cette page sont celles qu’il montre à présent ; comparez-les avec l’autre partie
annex-written = annexe écrite : { $path }
value-role = QUALITÉ
help-annex = Établir la page d’un contrat qui dit à qui sont les clés
help-annex-more =
    Exemple :
      quitus annex --with bob -o annex.txt

    La page est en anglais et en français, et les deux parties obtiennent la même.
    C’est à elle que quitus verify --trust et verify.sh comparent les clés d’un dossier.
help-annex-with = Le contact qui est l’autre partie
help-annex-as = Ce que vous êtes : client ou freelancer (par défaut, ce que vous êtes sur le relais)
help-annex-relay = Adresse du relais (par défaut celui que vous avez rejoint)
help-annex-html = Écrire du HTML qui s’imprime sur une page A4
help-annex-output = Fichier à écrire, qui ne doit pas exister ; par défaut la sortie standard
help-annex-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
